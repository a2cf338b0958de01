// SPDX-License-Identifier: MPL-2.0

package functions_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
)

// call calls a function of the provider's server, without a configuration, as Terraform does.
func call(t *testing.T, name string, argument tftypes.Value) (string, *tfprotov6.FunctionError) {
	t.Helper()
	server := provider.New("test").Server()
	functions, err := server.GetFunctions(t.Context(), &tfprotov6.GetFunctionsRequest{})
	if err != nil || len(functions.Diagnostics) > 0 || functions.Functions[name] == nil {
		t.Fatalf("%s: %v, %v", name, err, functions)
	}
	of := functions.Functions[name].Parameters[0].Type
	sent, err := tfprotov6.NewDynamicValue(of, argument)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: name, Arguments: []*tfprotov6.DynamicValue{&sent}})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		return "", resp.Error
	}
	got, err := resp.Result.Unmarshal(tftypes.String)
	if err != nil {
		t.Fatal(err)
	}
	var out string
	if err := got.As(&out); err != nil {
		t.Fatal(err)
	}
	return out, nil
}

func text(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

// refused fails the test where an error is not about the first argument, or lacks a text.
func refused(t *testing.T, what string, err *tfprotov6.FunctionError, texts ...string) {
	t.Helper()
	if err == nil || err.FunctionArgument == nil || *err.FunctionArgument != 0 {
		t.Fatalf("%s: %+v", what, err)
	}
	for _, text := range texts {
		if !strings.Contains(err.Text, text) {
			t.Errorf("%s: it says\n%s\nand not %q", what, err.Text, text)
		}
	}
}

// TestFunctionsSayWhatTheyDo: each has a summary, a description, and texts of its parameters.
func TestFunctionsSayWhatTheyDo(t *testing.T) {
	t.Parallel()
	functions, err := provider.New("test").Server().GetFunctions(t.Context(), &tfprotov6.GetFunctionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for name, f := range functions.Functions {
		names = append(names, name)
		if f.Summary == "" || !strings.HasSuffix(f.Description, ".") {
			t.Errorf("%s: %q, %q", name, f.Summary, f.Description)
		}
		for _, p := range f.Parameters {
			if !strings.HasSuffix(p.Description, ".") {
				t.Errorf("%s(%s): %q", name, p.Name, p.Description)
			}
		}
	}
	slices.Sort(names)
	if want := []string{"cloud_config", "flavor_id", "mac"}; !slices.Equal(names, want) {
		t.Errorf("the functions are %v, not %v", names, want)
	}
}

// TestFlavorID: the id is the one that the resource plans, and every release gives the same.
func TestFlavorID(t *testing.T) {
	t.Parallel()
	id, failed := call(t, "flavor_id", text("m1.small"))
	if failed != nil || id != catalogue.FlavorID("m1.small") || id != "4c04e3ca-e958-5b21-9de2-f2a6fb9ad30c" {
		t.Errorf("%s, %v", id, failed)
	}
	_, failed = call(t, "flavor_id", text(""))
	refused(t, "an empty name", failed)
	_, failed = call(t, "flavor_id", text("a\tb"))
	refused(t, "a name with a tab", failed, "cannot be printed")
}

// TestMAC: an address of the range for static addresses, always the same for a seed, and one that a port takes.
func TestMAC(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, seed := range []string{"shop/db/0", "shop/db/1", "a", "ä"} {
		one, failed := call(t, "mac", text(seed))
		again, _ := call(t, "mac", text(seed))
		normal, err := sdn.NormalMAC(one)
		if failed != nil || one != again || seen[one] || err != nil || normal != one || one < "00:50:56:00:00:00" || one > "00:50:56:3f:ff:ff" {
			t.Errorf("%s: %s and %s, %v, %v", seed, one, again, failed, err)
		}
		seen[one] = true
	}
	if one, _ := call(t, "mac", text("shop/db/0")); one != "00:50:56:2a:60:de" {
		t.Errorf("the address of a seed has become %s", one)
	}
	_, failed := call(t, "mac", text(""))
	refused(t, "an empty seed", failed, "it is empty")
}

// value returns a Go value as Terraform would send it for an expression: objects and tuples.
func value(v any) tftypes.Value {
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(tftypes.DynamicPseudoType, nil)
	case string:
		return text(v)
	case bool:
		return tftypes.NewValue(tftypes.Bool, v)
	case int:
		return tftypes.NewValue(tftypes.Number, big.NewFloat(float64(v)))
	case float64:
		return tftypes.NewValue(tftypes.Number, v)
	case []any:
		types, values := []tftypes.Type{}, []tftypes.Value{}
		for _, e := range v {
			one := value(e)
			types, values = append(types, one.Type()), append(values, one)
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: types}, values)
	case map[string]any:
		types, values := map[string]tftypes.Type{}, map[string]tftypes.Value{}
		for name, e := range v {
			values[name] = value(e)
			types[name] = values[name].Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: types}, values)
	}
	panic("no such value")
}

func TestCloudConfig(t *testing.T) {
	t.Parallel()
	got, failed := call(t, "cloud_config", value(map[string]any{
		"hostname": "web-0", "ssh_pwauth": false, "timezone": nil, "packages": []any{"nginx", []any{"curl", "7.88.1-10"}},
		"runcmd":      []any{"systemctl enable --now nginx", []any{"sh", "-c", "echo done > /dev/console"}},
		"write_files": []any{map[string]any{"path": "/etc/motd", "content": "welcome\n  to web-0\n", "permissions": "0644", "owner": nil}},
		"users":       []any{"default", map[string]any{"name": "ops", "uid": 1500, "gecos": "off", "sudo": "ALL=(ALL) NOPASSWD:ALL"}},
	}))
	const want = `#cloud-config
hostname: web-0
packages:
- nginx
- - curl
  - "7.88.1-10"
runcmd:
- systemctl enable --now nginx
- - sh
  - "-c"
  - "echo done > /dev/console"
ssh_pwauth: false
users:
- default
- gecos: "off"
  name: ops
  sudo: "ALL=(ALL) NOPASSWD:ALL"
  uid: 1500
write_files:
- content: |
    welcome
      to web-0
  path: /etc/motd
  permissions: "0644"
`
	if failed != nil || got != want {
		t.Errorf("it gives\n%s\n%+v", got, failed)
	}
	if got, failed := call(t, "cloud_config", tftypes.NewValue(tftypes.Map{ElementType: tftypes.String},
		map[string]tftypes.Value{"hostname": text("web")})); failed != nil || got != "#cloud-config\nhostname: web\n" {
		t.Errorf("of a map it gives %s, %+v", got, failed)
	}
	_, failed = call(t, "cloud_config", text("#cloud-config"))
	refused(t, "a text", failed, "it is no object")
	_, failed = call(t, "cloud_config", value(map[string]any{"hostnme": "s3cret", "user": map[string]any{"nam": "s3cret"}}))
	refused(t, "two misspelt keys", failed, "hostnme: cloud-init knows no such key", "the nearest is hostname", "user.nam",
		"the nearest is name")
	if strings.Contains(failed.Text, "s3cret") {
		t.Errorf("an error repeats a value: %s", failed.Text)
	}
	_, failed = call(t, "cloud_config", value(map[string]any{"PACKAGES": []any{}}))
	refused(t, "a key in capitals", failed, "the nearest is packages")
	_, failed = call(t, "cloud_config", value(map[string]any{"network": map[string]any{}, "": "x"}))
	refused(t, "keys that are like no other", failed, "an empty name: cloud-init knows no such key",
		"* network: cloud-init knows no such key")
	if strings.Contains(failed.Text, "nearest") {
		t.Errorf("it offers what is not near: %s", failed.Text)
	}
}
