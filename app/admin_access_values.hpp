#pragma once

#include <string>

#include "access/registry.hpp"
#include "base/result.hpp"
#include "postroom/admin/v1/access.pb.h"

/// Principals and roles as the admin methods show them, and the methods that change them.
namespace postroom::app {

using admin_grants = google::protobuf::RepeatedPtrField<admin::v1::Grant>;

access::grants to_record(const admin_grants& grants);
admin_grants to_admin(const access::grants& grants);
/// Without the digest.
admin::v1::Token to_admin(const access::AccessToken& token);
/// "session".
std::string name_of(access::proof by);

result<admin::v1::ListPrincipalsResponse> list_principals(access::registry& r,
                                                          const admin::v1::ListPrincipalsRequest&,
                                                          const access::caller&);
result<admin::v1::AddPrincipalResponse> add_principal(access::registry& r,
                                                      const admin::v1::AddPrincipalRequest& request,
                                                      const access::author& who);
result<admin::v1::UpdatePrincipalResponse> update_principal(
    access::registry& r, const admin::v1::UpdatePrincipalRequest& request,
    const access::author& who);
result<admin::v1::RemovePrincipalResponse> remove_principal(
    access::registry& r, const admin::v1::RemovePrincipalRequest& request,
    const access::author& who);
result<admin::v1::SetPasswordResponse> set_password(access::registry& r,
                                                    const admin::v1::SetPasswordRequest& request,
                                                    const access::author& who);
result<admin::v1::ListRolesResponse> list_roles(access::registry& r,
                                                const admin::v1::ListRolesRequest&,
                                                const access::caller&);
result<admin::v1::PutRoleResponse> put_role(access::registry& r,
                                            const admin::v1::PutRoleRequest& request,
                                            const access::author& who);
result<admin::v1::RemoveRoleResponse> remove_role(access::registry& r,
                                                  const admin::v1::RemoveRoleRequest& request,
                                                  const access::author& who);

}  // namespace postroom::app
