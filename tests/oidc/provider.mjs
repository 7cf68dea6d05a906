// A real OpenID provider (npm oidc-provider) on loopback for the tests, with a browser's part played by itself: whoever opens an
// interaction is signed in as `account` and consents.
//
// usage: node provider.mjs CERTIFICATE CALLBACK    CERTIFICATE proves the client "cert"; CALLBACK is a redirect URI of "web"
//
// Prints {"port": N}, and ends when its input does. POST /control with a JSON object:
//   {"count": true}          how often each client asked for a token: {"web": 3, ...}
//   {"ttl": 60}              seconds that access tokens live from now on
//   {"account": "it"}        who the browser belongs to
//   {"decline": true}        whether that person says no
//   {"revoke": "it"}         ends all that this account authorised, and its tokens
//   {"fail": {"status": 503, "retry_after": "2", "times": 1}}   of the token endpoint
import {X509Certificate} from 'node:crypto';
import {readFileSync} from 'node:fs';
import http from 'node:http';

import Provider from 'oidc-provider';

const [certificate, callback] = process.argv.slice(2);
const state = {ttl: 3600, account: 'it', decline: false, fail: null, counts: {}};
const granted = {};  // account -> ids of its grants

const server = http.createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const origin = `http://127.0.0.1:${server.address().port}`;

const key = {...new X509Certificate(readFileSync(certificate)).publicKey.export({format: 'jwk'}), use: 'sig'};
const person = {grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], scope: 'openid offline_access mail'};
const machine = {grant_types: ['client_credentials'], response_types: [], redirect_uris: [], scope: 'mail'};

const provider = new Provider(origin, {
  clients: [
    {client_id: 'app', client_secret: 'app secret/+', ...machine},
    {client_id: 'cert', token_endpoint_auth_method: 'private_key_jwt', jwks: {keys: [key]}, ...machine},
    {client_id: 'web', client_secret: 'web-secret', redirect_uris: [callback], ...person},
    {client_id: 'desk', token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: ['http://localhost'], ...person},
    {client_id: 'tv', token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: [], response_types: [],
     grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'], scope: 'openid offline_access mail'},
    {client_id: 'checker', client_secret: 'checker-secret', redirect_uris: [], response_types: [], grant_types: []},
  ],
  scopes: ['openid', 'offline_access', 'mail'],
  features: {
    devInteractions: {enabled: false},
    clientCredentials: {enabled: true},
    deviceFlow: {enabled: true},
    introspection: {enabled: true, allowedPolicy: () => true},
    revocation: {enabled: true},
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  ttl: {AccessToken: () => state.ttl, ClientCredentials: () => state.ttl, RefreshToken: 86400, Grant: 86400, Session: 600,
        Interaction: 600, DeviceCode: 600, AuthorizationCode: 60, IdToken: 600},
  findAccount: (_, id) => ({accountId: id, claims: () => ({sub: id})}),
  interactions: {url: (_, interaction) => `/interaction/${interaction.uid}`},
});
provider.on('server_error', (_, error) => console.error(error));

// A mail server looks for a user's name; RFC 7662 leaves it to the provider whether there is one.
provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route === 'introspection' && ctx.body?.active) ctx.body.username = ctx.body.sub ?? ctx.body.client_id;
  if (ctx.oidc?.route === 'token') {
    const who = ctx.oidc.client?.clientId ?? ctx.oidc.params?.client_id ?? 'nobody';
    state.counts[who] = (state.counts[who] ?? 0) + 1;
  }
});

async function interact(req, res) {
  const {prompt, params, session, grantId} = await provider.interactionDetails(req, res);
  if (state.decline) return provider.interactionFinished(req, res, {error: 'access_denied'});
  if (prompt.name === 'login')
    return provider.interactionFinished(req, res, {login: {accountId: state.account}});
  const grant = grantId ? await provider.Grant.find(grantId)
                        : new provider.Grant({accountId: session.accountId, clientId: params.client_id});
  grant.addOIDCScope(params.scope);
  const id = await grant.save();
  (granted[session.accountId] ??= []).push(id);
  return provider.interactionFinished(req, res, {consent: {grantId: id}}, {mergeWithLastSubmission: true});
}

async function revoke(account) {
  for (const id of granted[account] ?? []) {
    await provider.AccessToken.revokeByGrantId(id);
    await provider.RefreshToken.revokeByGrantId(id);
    await (await provider.Grant.find(id))?.destroy();
  }
  granted[account] = [];
}

async function control(req, res) {
  let text = '';
  for await (const part of req) text += part;
  const {count, revoke: account, ...rest} = JSON.parse(text);
  Object.assign(state, rest);
  if (account) await revoke(account);
  res.end(JSON.stringify(count ? state.counts : {}));
}

function failing(req, res) {
  if (!state.fail || !req.url.startsWith('/token') || req.url.startsWith('/token/')) return false;
  const {status, retry_after: pause} = state.fail;
  if (--state.fail.times <= 0) state.fail = null;
  state.counts.failed = (state.counts.failed ?? 0) + 1;
  res.writeHead(status, pause ? {'Retry-After': pause} : {});
  res.end('not now');
  return true;
}

const callbackOf = provider.callback();
server.on('request', (req, res) => {
  const fails = (error) => {
    console.error(error);
    res.writeHead(500);
    res.end();
  };
  if (req.url === '/control') return control(req, res).catch(fails);
  if (req.url.startsWith('/interaction/')) return interact(req, res).catch(fails);
  if (!failing(req, res)) callbackOf(req, res);
});

console.log(JSON.stringify({port: server.address().port}));
process.stdin.on('end', () => process.exit(0)).resume();
