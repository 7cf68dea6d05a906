"""The token endpoint of an identity provider that gives everybody a token."""
import http.server
import json
import threading


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"access_token": "access", "refresh_token": "refresh", "expires_in": 3600,
                           "token_type": "Bearer"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class TokenStub:
    """On a free port of loopback, in a thread that ends with the program."""

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"

    def client(self):
        """YAML of a client. Its authorization_url is at once the address that a browser would end at."""
        return ("oauth_clients:\n  - {name: mail, grant: authorization_code, provider: other, "
                f"token_url: {self.origin}/token, authorization_url: '{self.origin}/auth?code=demo', "
                "client_id: demo, scopes: [offline_access]}\n")
