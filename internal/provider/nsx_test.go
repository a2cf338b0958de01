// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
)

// withNSX is a configuration with a block nsx, whose arguments are null where they are not named.
func withNSX(written map[string]attr.Value) configModel {
	kinds, values := map[string]attr.Type{}, map[string]attr.Value{}
	for _, s := range nsxSettings {
		kinds[s.name], values[s.name] = types.StringType, types.StringNull()
	}
	for _, f := range nsxFlags {
		kinds[f.name], values[f.name] = types.BoolType, types.BoolNull()
	}
	for name, value := range written {
		values[name] = value
	}
	return configModel{NSX: types.ObjectValueMust(kinds, values), TenantTypes: types.ListNull(types.StringType)}
}

// typesOf is a list of network types.
func typesOf(all ...string) types.List {
	values := make([]attr.Value, len(all))
	for i, one := range all {
		values[i] = types.StringValue(one)
	}
	return types.ListValueMust(types.StringType, values)
}

// everyVariable sets all environment variables of the block, each to a value of its own.
func everyVariable() map[string]string {
	return map[string]string{"NSXT_MANAGER_HOST": "nsx.example.com", "NSXT_USERNAME": "u", "NSXT_PASSWORD": "p",
		"NSXT_ALLOW_UNVERIFIED_SSL": "true", "NSXT_CA_FILE": "ca.pem", "NSXT_REMOTE_AUTH": "true",
		"NSXT_POLICY_ENFORCEMENT_POINT": "vmc-enforcementpoint", "NOVASPHERE_NSX_PROJECT": "blue",
		"NOVASPHERE_NSX_TRANSPORT_ZONE": "overlay", "NOVASPHERE_NSX_VLAN_TRANSPORT_ZONE": "vlans", "NOVASPHERE_NSX_EDGE_CLUSTER": "edges",
		"NOVASPHERE_NSX_ALLOW_OVERWRITE": "true", "NOVASPHERE_NSX_TAG_SCHEME": "neutron"}
}

// TestNSXFromTheEnvironment: every argument comes from its variable where the block is there, and none where it is not.
func TestNSXFromTheEnvironment(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	environment(t, everyVariable())
	if none, err := (configModel{}).nsxConfig("agent"); none != nil || err != nil {
		t.Errorf("the environment alone makes a block: %v, %v", none, err)
	}
	got, err := withNSX(nil).nsxConfig("agent")
	want := nsx.Config{Config: api.Config{Server: "nsx.example.com", User: "u", Password: "p", Auth: "remote", CA: "ca.pem", Insecure: true,
		Project: "blue", EnforcementPoint: "vmc-enforcementpoint", AllowOverwrite: true, UserAgent: "agent"}, TransportZone: "overlay",
		VLANTransportZone: "vlans", EdgeCluster: "edges", TagScheme: "neutron"}
	if err != nil || *got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestNSXWrittenGoesFirst: a written argument counts, and a written way to log in puts the other's variables aside.
func TestNSXWrittenGoesFirst(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	environment(t, everyVariable())
	got, err := withNSX(map[string]attr.Value{"server": types.StringValue("other"), "auth": types.StringValue("session"),
		"allow_unverified_ssl": types.BoolValue(false), "client_auth_cert_file": types.StringValue("c.pem"),
		"client_auth_key_file": types.StringValue("k.pem")}).nsxConfig("")
	if err != nil || got.Server != "other" || got.Auth != "session" || got.Insecure || got.User != "" || got.Password != "" ||
		got.Certificate != "c.pem" || got.Key != "k.pem" {
		t.Errorf("%+v, %v", got, err)
	}
	environment(t, map[string]string{"NSXT_CLIENT_AUTH_CERT": "cert", "NSXT_CLIENT_AUTH_KEY": "key", "NSXT_CA": "ca",
		"NSXT_SESSION_AUTH": "false"})
	got, err = withNSX(map[string]attr.Value{"user": types.StringValue("u")}).nsxConfig("")
	if err != nil || got.User != "u" || got.Certificate != "" || got.Key != "" || got.CA != "ca" || got.Auth != "basic" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = withNSX(nil).nsxConfig(""); err != nil || got.Certificate != "cert" || got.Key != "key" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestNSXRefused: what cannot be meant is refused at its argument, and no error shows a secret.
func TestNSXRefused(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	for variable, at := range map[string]string{"NSXT_ALLOW_UNVERIFIED_SSL": "nsx.allow_unverified_ssl",
		"NOVASPHERE_NSX_ALLOW_OVERWRITE": "nsx.allow_overwrite", "NOVASPHERE_NSX_AUTH": "nsx.auth", "NSXT_REMOTE_AUTH": "nsx.auth",
		"NSXT_SESSION_AUTH": "nsx.auth", "NOVASPHERE_NSX_TAG_SCHEME": "nsx.tag_scheme"} {
		environment(t, map[string]string{variable: "perhaps"})
		_, err := withNSX(nil).nsxConfig("")
		var wrong *openstack.FieldError
		if !errors.As(err, &wrong) || wrong.Field != at || !strings.Contains(err.Error(), variable) {
			t.Errorf("%s: %v", variable, err)
		}
	}
	both := withNSX(map[string]attr.Value{"password": types.StringValue("Sekret9"), "client_auth_key_file": types.StringValue("Sekret9")})
	err := both.check()
	if err == nil || !strings.Contains(err.Error(), "password and client_auth_key_file are both written") ||
		strings.Contains(err.Error(), "Sekret9") {
		t.Errorf("two ways to log in: %v", err)
	}
}

// TestNSXUnknown: while a value of the block is unknown there is no client.
func TestNSXUnknown(t *testing.T) {
	t.Parallel()
	if !withNSX(map[string]attr.Value{"server": types.StringUnknown()}).unknown() || withNSX(nil).unknown() {
		t.Error("unknown values of the block nsx are not told from known ones")
	}
}

// TestTenantNetworkTypes: what networks are whose segments say nothing, and which words cannot say it.
func TestTenantNetworkTypes(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	environment(t, nil)
	without, with := configModel{}, withNSX(nil)
	for _, tc := range []struct {
		in      configModel
		written types.List
		want    string // the types, or what the error says
	}{
		{without, types.ListNull(types.StringType), "vlan"},
		{with, types.ListNull(types.StringType), "geneve"},
		{with, typesOf("vlan", "vxlan"), "vlan,vxlan"},
		{without, typesOf("geneve"), "write the block nsx as well"},
		{with, typesOf("flat"), "networks cannot be by themselves"},
		{with, typesOf("vlan", "vlan"), `"vlan" twice`},
	} {
		tc.in.TenantTypes = tc.written
		got, err := tc.in.tenantTypes()
		var wrong *openstack.FieldError
		switch errors.As(err, &wrong) {
		case true:
			if wrong.Field != "tenant_network_types" || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v: %v, and not %s", tc.written, err, tc.want)
			}
		default:
			if strings.Join(got, ",") != tc.want {
				t.Errorf("%v: %v, %v, and not %s", tc.written, got, err, tc.want)
			}
		}
	}
	environment(t, map[string]string{"NOVASPHERE_TENANT_NETWORK_TYPES": "geneve"})
	if _, err := without.tenantTypes(); err == nil || !strings.Contains(err.Error(), "NOVASPHERE_TENANT_NETWORK_TYPES") {
		t.Errorf("an overlay of the environment without NSX: %v", err)
	}
}
