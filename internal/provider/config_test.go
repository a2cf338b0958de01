// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// environment clears all variables of a test except those that it names.
func environment(t *testing.T, vars map[string]string) {
	t.Helper()
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		for _, prefix := range []string{"VSPHERE_", "GOVC_", "NOVASPHERE_", "OS_", "NSXT_"} {
			if strings.HasPrefix(name, prefix) {
				t.Setenv(name, "")
			}
		}
	}
	for name, value := range vars {
		t.Setenv(name, value)
	}
}

func read(t *testing.T, m configModel) vcenter.Config {
	t.Helper()
	cfg, err := m.config("1.2.3", "1.11.4")
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestConfigFromTheEnvironment(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	environment(t, map[string]string{"VSPHERE_SERVER": "vc.example.com", "VSPHERE_USER": "u", "VSPHERE_PASSWORD": "p",
		"VSPHERE_ALLOW_UNVERIFIED_SSL": "true", "VSPHERE_API_TIMEOUT": "7", "NOVASPHERE_PROJECT": "web", "NOVASPHERE_CLUSTER": "c",
		"NOVASPHERE_DATASTORE_REGEX": "ssd.*", "NOVASPHERE_ROUTERS": "physical"})
	cfg := read(t, configModel{})
	want := vcenter.Config{Server: "vc.example.com", User: "u", Password: "p", Insecure: true, APITimeout: 7 * time.Minute,
		Folder: "OpenStack", Project: "web",
		Cluster: "c", DatastoreRegex: "ssd.*", Routers: "physical", TenantTypes: []string{"vlan"}, Version: "1.2.3",
		UserAgent: "terraform-provider-novasphere/1.2.3 Terraform/1.11.4"}
	if !reflect.DeepEqual(cfg, want) {
		t.Errorf("%+v", cfg)
	}
}

func TestConfigWrittenGoesFirst(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	environment(t, map[string]string{"VSPHERE_SERVER": "env", "VSPHERE_USER": "env", "VSPHERE_PASSWORD": "env",
		"VSPHERE_ALLOW_UNVERIFIED_SSL": "true", "GOVC_URL": "govc", "NOVASPHERE_FOLDER": "env"})
	cfg := read(t, configModel{Server: types.StringValue("written"), User: types.StringValue(""), Insecure: types.BoolValue(false),
		Folder: types.StringValue("/a/b/"), APITimeout: types.Int64Value(2)})
	if cfg.Server != "written" || cfg.User != "env" || cfg.Insecure || cfg.Folder != "a/b" || cfg.APITimeout != 2*time.Minute {
		t.Errorf("%+v", cfg)
	}
}

func TestConfigFromGovc(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	environment(t, map[string]string{"GOVC_URL": "https://admin%40vsphere.local:s3cret@vc.example.com:8443/sdk", "GOVC_INSECURE": "1",
		"GOVC_DATACENTER": "/dc1", "GOVC_CLUSTER": "/dc1/host/compute", "GOVC_RESOURCE_POOL": "/dc1/host/compute/Resources/gold/web",
		"GOVC_DATASTORE": "/dc1/datastore/vmfs-1", "GOVC_FOLDER": "/dc1/vm/team/a"})
	cfg := read(t, configModel{})
	if cfg.Server != "vc.example.com:8443" || cfg.User != "admin@vsphere.local" || cfg.Password != "s3cret" || !cfg.Insecure ||
		cfg.Datacenter != "dc1" ||
		cfg.Cluster != "compute" || cfg.ResourcePool != "gold/web" || cfg.Datastore != "vmfs-1" || cfg.Folder != "team/a" {
		t.Errorf("%+v", cfg)
	}
	t.Setenv("GOVC_USERNAME", "other")
	t.Setenv("GOVC_PASSWORD", "else")
	if cfg := read(t, configModel{Server: types.StringValue("vc2")}); cfg.User != "other" || cfg.Password != "else" {
		t.Errorf("another server has the user %s", cfg.User)
	}
}

func TestConfigSaysWhatIsMissing(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	for field, m := range map[string]configModel{
		"vsphere_server": {},
		"user":           {Server: types.StringValue("s")},
		"password":       {Server: types.StringValue("s"), User: types.StringValue("u")},
	} {
		environment(t, nil)
		_, err := m.config("1", "1")
		var wrong *openstack.FieldError
		if !errors.As(err, &wrong) || wrong.Field != field || !strings.Contains(err.Error(), "VSPHERE_") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestConfigRefusesBadVariables(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	for name, field := range map[string]string{"VSPHERE_ALLOW_UNVERIFIED_SSL": "allow_unverified_ssl", "VSPHERE_API_TIMEOUT": "api_timeout",
		"NOVASPHERE_ROUTERS": "routers"} {
		environment(t, map[string]string{"VSPHERE_SERVER": "s", "VSPHERE_USER": "u", "VSPHERE_PASSWORD": "p", name: "perhaps"})
		_, err := configModel{}.config("1", "1")
		var wrong *openstack.FieldError
		if !errors.As(err, &wrong) || wrong.Field != field || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestConfigKeepsPasswordsOutOfTheServer: messages contain the vCenter's name, and a URL may hold a password.
func TestConfigKeepsPasswordsOutOfTheServer(t *testing.T) { //nolint:paralleltest // its helper sets environment variables
	for _, url := range []string{"https://u:Sekret9@vc.example.com/sdk", "u:Sekret9@vc.example.com"} {
		environment(t, map[string]string{"VSPHERE_SERVER": url, "VSPHERE_USER": "u", "VSPHERE_PASSWORD": "p"})
		if cfg := read(t, configModel{}); cfg.Server != "vc.example.com" {
			t.Errorf("%s: %q", url, cfg.Server)
		}
	}
	for _, vars := range []map[string]string{{"VSPHERE_SERVER": "https://u:Sekret9@vc example"}, {"GOVC_URL": "https://u:Sekret9%zz@vc"},
		{"VSPHERE_SERVER": "://Sekret9"}} {
		environment(t, vars)
		if _, err := (configModel{User: types.StringValue("u"), Password: types.StringValue("p")}).config("1", "1"); err == nil ||
			strings.Contains(err.Error(), "Sekret9") {
			t.Errorf("%v: %v", vars, err)
		}
	}
}

func TestConfigChecks(t *testing.T) {
	t.Parallel()
	both := configModel{Datastore: types.StringValue("a"), DatastoreRegex: types.StringValue("b")}
	if err := both.check(); err == nil || !strings.Contains(err.Error(), "only one") {
		t.Errorf("datastore and datastore_regex: %v", err)
	}
	if err := (configModel{DatastoreRegex: types.StringValue("(")}).check(); err == nil {
		t.Error("a pattern that does not compile is accepted")
	}
	for value, want := range map[string]string{"": "", "physical": "", "nsx": "the provider has no block nsx: write one",
		"Physical": `it can only be "physical" or, with the block nsx, "nsx"`} {
		err := (configModel{Routers: types.StringValue(value)}).check()
		var wrong *openstack.FieldError
		if (want == "") != (err == nil) || want != "" && (!errors.As(err, &wrong) || wrong.Field != "routers" ||
			!strings.Contains(err.Error(), want)) {
			t.Errorf("routers = %q: %v", value, err)
		}
		if err := checkRouters("it", value, true); (err != nil) != (value == "Physical") {
			t.Errorf("routers = %q with the block nsx: %v", value, err)
		}
	}
	for path, fine := range map[string]bool{"": true, "/OpenStack/": true, "a/b c/d%": true, "../a//b/\n": false, "a//b": false, "a/..": false,
		" a": false} {
		err := (configModel{Folder: types.StringValue(path)}).check()
		var wrong *openstack.FieldError
		if fine != (err == nil) || !fine && (!errors.As(err, &wrong) || wrong.Field != "folder") {
			t.Errorf("folder = %q: %v", path, err)
		}
		if err := (configModel{Project: types.StringValue(path)}).check(); fine != (err == nil) {
			t.Errorf("project = %q: %v", path, err)
		}
	}
	if (configModel{}).unknown() || !(configModel{Server: types.StringUnknown()}).unknown() {
		t.Error("unknown values are not seen")
	}
}
