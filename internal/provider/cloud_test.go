// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/cloud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// written returns a configuration with only these arguments in its block `openstack`.
func written(arguments map[string]string) configModel {
	kinds, values := map[string]attr.Type{"insecure": types.BoolType}, map[string]attr.Value{"insecure": types.BoolNull()}
	for _, s := range cloudSettings {
		kinds[s.name], values[s.name] = types.StringType, types.StringNull()
		if text, has := arguments[s.name]; has {
			values[s.name] = types.StringValue(text)
		}
	}
	return configModel{Cloud: types.ObjectValueMust(kinds, values)}
}

// TestCloudNeedsItsBlock: OpenStack's environment variables enable nothing by themselves; an empty block is enough.
func TestCloudNeedsItsBlock(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	environment(t, map[string]string{"VSPHERE_SERVER": "vc", "VSPHERE_USER": "u", "VSPHERE_PASSWORD": "p",
		"OS_AUTH_URL": "https://keystone.example.com/v3", "OS_USERNAME": "u", "OS_PASSWORD": "p"})
	if cfg := read(t, configModel{}); cfg.Cloud != nil {
		t.Error("without a block there is a cloud")
	}
	m := written(nil)
	m.Insecure = types.BoolValue(false)
	if cfg := read(t, m); cfg.Cloud == nil || cfg.Cloud.Name() != "https://keystone.example.com/v3" {
		t.Errorf("with an empty block the cloud is %v", cfg.Cloud)
	}
}

// TestCloudFromTheEnvironment checks which variables count, and that written values override them.
func TestCloudFromTheEnvironment(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	file := filepath.Join(t.TempDir(), "clouds.yaml")
	if err := os.WriteFile(file, []byte("clouds: {prod: {auth: {auth_url: 'https://prod/v3', username: u, password: p}}, bare: {auth: "+
		"{auth_url: 'https://bare/v3'}}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	shell := map[string]string{"OS_AUTH_URL": "https://env/v3", "OS_USERNAME": "u", "OS_PASSWORD": "p", "OS_PROJECT_ID": "id",
		"OS_PROJECT_NAME": "name", "OS_CLIENT_CONFIG_FILE": file}
	for name, tc := range map[string]struct {
		env       map[string]string
		arguments map[string]string
		cloud     string
		says      string
	}{
		"all of it":       {cloud: "https://env/v3"},
		"another address": {arguments: map[string]string{"auth_url": "https://written/v3"}, cloud: "https://written/v3"},
		"address goes before cloud": {env: map[string]string{"OS_CLOUD": "prod"}, arguments: map[string]string{"auth_url": "https://written/v3"},
			cloud: "https://written/v3"},
		"OS_CLOUD":                  {env: map[string]string{"OS_CLOUD": "prod"}, cloud: "prod"},
		"cloud":                     {arguments: map[string]string{"cloud": "prod"}, cloud: "prod"},
		"no credentials for a name": {arguments: map[string]string{"cloud": "bare"}, says: `in the entry "bare" of clouds.yaml`},
		"but written ones":          {arguments: map[string]string{"cloud": "bare", "user_name": "u", "password": "p"}, cloud: "bare"},
		"token instead of password": {arguments: map[string]string{"token": "t"}, cloud: "https://env/v3"},
		"unknown":                   {arguments: map[string]string{"cloud": "nope"}, says: `cloud "nope" not found`},
		"bad bool":                  {env: map[string]string{"OS_INSECURE": "perhaps"}, says: "OS_INSECURE"},
		"bad endpoint type":         {env: map[string]string{"OS_INTERFACE": "secret"}, says: "public, internal or admin"},
	} {
		environment(t, shell)
		for key, value := range tc.env {
			t.Setenv(key, value)
		}
		got, err := written(tc.arguments).cloud("agent")
		switch {
		case tc.says != "":
			var wrong *openstack.FieldError
			if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Field, "openstack.") || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil || got.Name() != tc.cloud:
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// TestCloudInsecure: the variable counts where the argument is not written.
func TestCloudInsecure(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	environment(t, map[string]string{"OS_AUTH_URL": "https://k/v3", "OS_USERNAME": "u", "OS_PASSWORD": "p", "OS_INSECURE": "true"})
	got, err := written(nil).cloud("agent")
	if c, ok := got.(*cloud.Client); err != nil || !ok || !c.Insecure() {
		t.Errorf("%v, %v", got, err)
	}
}

// TestCloudChecks: a contradiction is refused without a call.
func TestCloudChecks(t *testing.T) {
	t.Parallel()
	for _, pair := range oneOf {
		err := written(map[string]string{pair[0]: "https://a", pair[1]: "https://b"}).check()
		var wrong *openstack.FieldError
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Field, "openstack") || !strings.Contains(err.Error(), pair[0]+" and "+pair[1]) {
			t.Errorf("%v: %v", pair, err)
		}
	}
	if err := written(map[string]string{"auth_url": "https://u:Sekret9@k"}).check(); err == nil || strings.Contains(err.Error(), "Sekret9") {
		t.Errorf("a password in auth_url: %v", err)
	}
	if err := written(map[string]string{"cloud": "prod", "password": "p", "region": "r"}).check(); err != nil {
		t.Error(err)
	}
	m := written(nil)
	values := m.Cloud.Attributes()
	values["password"] = types.StringUnknown()
	m.Cloud = types.ObjectValueMust(m.Cloud.AttributeTypes(t.Context()), values)
	if !m.unknown() || m.check() != nil {
		t.Error("an unknown password is not seen")
	}
}
