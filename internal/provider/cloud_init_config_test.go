// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"math/big"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/cloudinit"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/provider"
)

// expression returns a Go value as Terraform sends that of an expression: objects and tuples.
func expression(v any) tftypes.Value {
	switch v := v.(type) {
	case string:
		return tftypes.NewValue(tftypes.String, v)
	case bool:
		return tftypes.NewValue(tftypes.Bool, v)
	case float64:
		return tftypes.NewValue(tftypes.Number, big.NewFloat(v))
	case []any:
		types, values := make([]tftypes.Type, len(v)), make([]tftypes.Value, len(v))
		for i, element := range v {
			values[i] = expression(element)
			types[i] = values[i].Type()
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: types}, values)
	case map[string]any:
		types, values := map[string]tftypes.Type{}, map[string]tftypes.Value{}
		for name, element := range v {
			values[name] = expression(element)
			types[name] = values[name].Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: types}, values)
	}
	return tftypes.NewValue(tftypes.DynamicPseudoType, nil)
}

// cloudConfigOf calls the function cloud_config. problem is its error, empty where there is none.
func cloudConfigOf(t *testing.T, config any) (text, problem string) {
	t.Helper()
	sent, err := tfprotov6.NewDynamicValue(tftypes.DynamicPseudoType, expression(config))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := provider.New("test").Server().CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: "cloud_config",
		Arguments: []*tfprotov6.DynamicValue{&sent}})
	switch {
	case err != nil:
		t.Fatal(err)
	case resp.Error != nil:
		return "", resp.Error.Text
	}
	got, err := resp.Result.Unmarshal(tftypes.String)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.As(&text); err != nil {
		t.Fatal(err)
	}
	return text, ""
}

// rightConfigs are configurations that cloud-init's schema accepts.
var rightConfigs = []map[string]any{
	{"hostname": "web-0", "fqdn": "web-0.example", "manage_etc_hosts": true, "preserve_hostname": false, "timezone": "Europe/Berlin"},
	{"users": []any{"default", map[string]any{"name": "ops", "uid": 1500.0, "groups": "adm, sudo", "sudo": "ALL=(ALL) NOPASSWD:ALL",
		"shell": "/bin/bash", "lock_passwd": true, "ssh_authorized_keys": []any{"ssh-ed25519 AAAA anna@example"}}}},
	{"user": map[string]any{"name": "ops"}, "ssh_pwauth": false, "disable_root": true, "ssh_authorized_keys": []any{"ssh-rsa AAAA"}},
	{"write_files": []any{map[string]any{"path": "/etc/motd", "content": "a\n b\n", "permissions": "0644", "owner": "root:root",
		"encoding": "text/plain", "append": false, "defer": true}}},
	{"runcmd": []any{"true", []any{"ls", "-l"}}, "bootcmd": []any{"true"}, "packages": []any{"nginx", []any{"curl", "7.88"}},
		"package_update": true, "package_upgrade": false},
	{"chpasswd": map[string]any{"expire": false, "users": []any{map[string]any{"name": "ops", "password": "x", "type": "text"}}}},
	{"ntp": map[string]any{"enabled": true, "servers": []any{"192.0.2.1"}, "ntp_client": "chrony"},
		"keyboard": map[string]any{"layout": "de"}},
	{"mounts": []any{[]any{"/dev/sdb1", "/srv", "ext4", "defaults", "0", "2"}}, "swap": map[string]any{"filename": "/swap", "size": "auto"}},
	{"disk_setup": map[string]any{"/dev/sdb": map[string]any{"table_type": "gpt", "layout": true, "overwrite": false}},
		"fs_setup": []any{map[string]any{"label": "srv", "filesystem": "ext4", "device": "/dev/sdb1"}}},
	{"growpart": map[string]any{"mode": "auto", "devices": []any{"/"}}, "resize_rootfs": "noblock"},
	{"power_state": map[string]any{"mode": "reboot", "delay": 5.0, "message": "bye", "condition": true}, "final_message": "up"},
	{"phone_home": map[string]any{"url": "https://example.com", "tries": 3.0, "post": "all"}, "locale": "de_DE.UTF-8"},
	{"apt": map[string]any{"preserve_sources_list": true, "http_proxy": "http://192.0.2.9:3128", "sources": map[string]any{
		"own": map[string]any{"source": "deb http://192.0.2.9 stable main"}}}, "ca_certs": map[string]any{"trusted": []any{"-----BEGIN"}}},
	{"groups": []any{"adm"}, "ssh_import_id": []any{"gh:anna"}, "ssh_deletekeys": true, "ssh_genkeytypes": []any{"ed25519"}},
	{},
}

// wrongConfigs are configurations that cloud-init's schema refuses, too.
var wrongConfigs = []map[string]any{
	{"hostname": 5.0}, {"users": []any{map[string]any{"name": "ops", "uid": 1.5}}}, {"users": []any{map[string]any{"nam": "ops"}}},
	{"users": []any{map[string]any{"gecos": "x"}}}, {"write_files": []any{map[string]any{"content": "x"}}},
	{"write_files": []any{map[string]any{"path": "/a", "permissions": 644.0}}},
	{"write_files": []any{map[string]any{"path": "/a", "encoding": "zip"}}}, {"write_files": map[string]any{"path": "/a"}},
	{"runcmd": "reboot"}, {"runcmd": []any{true}}, {"packages": "nginx"}, {"package_update": "true"}, {"ssh_authorized_keys": "ssh-rsa AAAA"},
	{"power_state": map[string]any{"delay": "now"}}, {"power_state": map[string]any{"mode": "off"}}, {"ntp": []any{"192.0.2.1"}},
	{"keyboard": map[string]any{"model": "pc105"}}, {"chpasswd": map[string]any{"expired": true}}, {"mounts": []any{"/dev/sdb1"}},
	{"growpart": map[string]any{"mode": "always"}}, {"resize_rootfs": "yes"}, {"timezone": false}, {"swap": map[string]any{"size": true}},
	{"phone_home": map[string]any{"tries": 3.0}}, {"disable_root": "yes"}, {"apt": map[string]any{"proxies": "x"}},
}

// oddTexts are texts that a YAML of one version or another reads as something else, or that are hard to quote.
var oddTexts = []string{"", " ", "yes", "No", "on", "OFF", "y", "true", "null", "~", "0644", "0o17", "0x1f", "1_000", "1:30", "12e3", "e3",
	".inf", ".NaN", "2026-11-30", "2026-11-30T10:00:00Z", "=", "<<", "!x", "&a", "*a", "- a", "a: b", "a #b", "a:", "# a", "[a]", "{a}", "@a",
	"`a`", "%a", "|", ">", "'", "\"", "\\n", "a\nb", "a\nb\n", "a\n\n\nb\n\n", "\na", " a\nb", "a \nb", "\ta\n", "a\tb\nc",
	"a\r\nb", "\x01", "\x7f",
	"ä ö", "日本\n語\n", "😀", "\u2028", "\ufeff", "---\na", "a\n---\nb", "...", "? a", "a, b", "-", "--flag", "/etc/a b", "a=b"}

// TestCloudInitConfigs: cloud-init reads the texts of the function cloud_config as the values that they are made of, accepts and refuses
// the same configurations, and knows no key that the function refuses.
func TestCloudInitConfigs(t *testing.T) {
	t.Parallel()
	values := []map[string]any{}
	values = append(values, rightConfigs...)
	for _, odd := range oddTexts {
		values = append(values, map[string]any{"write_files": []any{map[string]any{"path": "/a", "content": odd}}},
			map[string]any{"runcmd": []any{odd}})
	}
	var texts []string
	for _, value := range values {
		text, problem := cloudConfigOf(t, value)
		if problem != "" {
			t.Errorf("%v: %s", value, problem)
		}
		texts = append(texts, text)
	}
	checked := cloudinit.Check(t, texts...)
	for i, is := range checked.Read {
		if is.Error != "" || !reflect.DeepEqual(is.Value, any(values[i])) {
			t.Errorf("cloud-init reads %#v, not %#v (%s), of\n%s", is.Value, values[i], is.Error, texts[i])
		}
	}
	for _, key := range checked.Keys {
		if _, problem := cloudConfigOf(t, map[string]any{key: nil}); problem != "" {
			t.Errorf("cloud-init knows %s: %s", key, problem)
		}
	}
	if len(checked.Keys) < 80 {
		t.Errorf("it knows only %v", checked.Keys)
	}
}

// TestCloudInitRefusesConfigs: what the function refuses, cloud-init's schema refuses too.
func TestCloudInitRefusesConfigs(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, value := range wrongConfigs {
		if text, problem := cloudConfigOf(t, value); problem == "" {
			t.Errorf("%v is accepted: %s", value, text)
		}
		raw, err := json.Marshal(value) // which is YAML, too
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, "#cloud-config\n"+string(raw))
	}
	for i, is := range cloudinit.Check(t, texts...).Read {
		if is.Error == "" {
			t.Errorf("cloud-init accepts %s", texts[i])
		}
	}
}
