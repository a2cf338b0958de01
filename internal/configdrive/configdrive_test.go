// SPDX-License-Identifier: MPL-2.0

package configdrive_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/iso9660"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/configdrive"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

var content = configdrive.Content{Project: "p", PublicKey: "ssh-ed25519 AAAA anna", PasswordHash: "$6$salt$hash",
	Server: openstack.Server{ID: "a0000000-0000-4000-8000-000000000001",
		ServerSpec: openstack.ServerSpec{Name: "Web 1", KeyPair: "anna", UserData: "#cloud-config\n", Zone: "nova",
			Metadata: map[string]string{"role": "web"}, NICs: []openstack.NIC{{NetworkID: "net-1", Port: "c0000000-0000-4000-8000-000000000001",
				MAC: "00:50:56:AA:00:01"}}, Personality: []openstack.File{{Path: "/etc/motd", Content: "hello\n"}}}}}

// opened builds an image and opens it for reading.
func opened(t *testing.T, c configdrive.Content) (*iso9660.FileSystem, []byte) {
	t.Helper()
	data, err := configdrive.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "drive.iso")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	backend, err := file.OpenFromPath(name, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = backend.Close() })
	iso, err := iso9660.Read(backend, int64(len(data)), 0, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return iso, data
}

func text(t *testing.T, iso *iso9660.FileSystem, name string) string {
	t.Helper()
	data, err := iso.ReadFile(name)
	if err != nil {
		t.Fatalf("%s: %s", name, err)
	}
	return string(data)
}

func TestLayoutIsNovas(t *testing.T) {
	t.Parallel()
	iso, data := opened(t, content)
	if got := strings.TrimRight(iso.Label(), " \x00"); got != "config-2" {
		t.Errorf("label %q", got)
	}
	if len(data) > 300<<10 {
		t.Errorf("%d bytes for next to nothing", len(data))
	}
	if joliet := data[17*2048 : 17*2048+7]; joliet[0] != 2 || string(joliet[1:6]) != "CD001" { // the supplementary descriptor, for Windows
		t.Errorf("no Joliet names: %q", joliet)
	}
	for _, version := range []string{"2012-08-10", "2018-08-27", "latest"} {
		for _, name := range []string{"meta_data.json", "user_data", "vendor_data.json", "vendor_data2.json", "network_data.json"} {
			text(t, iso, "openstack/"+version+"/"+name)
		}
	}
	if text(t, iso, "openstack/latest/user_data") != "#cloud-config\n" || text(t, iso, "openstack/content/0000") != "hello\n" ||
		text(t, iso, "ec2/latest/user-data") != "#cloud-config\n" {
		t.Error("user data or personality is not what it should be")
	}
	var meta struct {
		UUID, Name, Hostname string
		Files                []map[string]string
		Keys                 map[string]string `json:"public_keys"`
		Meta                 map[string]string
	}
	if err := json.Unmarshal([]byte(text(t, iso, "openstack/latest/meta_data.json")), &meta); err != nil || meta.UUID != content.Server.ID ||
		meta.Name != "Web 1" || meta.Hostname != "web-1" ||
		meta.Files[0]["path"] != "/etc/motd" || meta.Files[0]["content_path"] != "/content/0000" || meta.Keys["anna"] != content.PublicKey ||
		meta.Meta["role"] != "web" {
		t.Errorf("%v %+v", err, meta)
	}
	network := text(t, iso, "openstack/latest/network_data.json")
	if !strings.Contains(network, `"ethernet_mac_address":"00:50:56:aa:00:01"`) || !strings.Contains(network, `"type":"ipv4_dhcp"`) {
		t.Error(network)
	}
}

// A Linux guest gets a hash, a Windows guest the password, and no guest gets both.
func TestPasswords(t *testing.T) {
	t.Parallel()
	iso, data := opened(t, content)
	if vendor := text(t, iso, "openstack/latest/vendor_data.json"); !strings.Contains(vendor, "$6$salt$hash") ||
		strings.Contains(string(data), "admin_pass") {
		t.Error(vendor)
	}
	windows := content
	windows.PasswordHash, windows.AdminPass = "", "Secret-1"
	iso, _ = opened(t, windows)
	if meta := text(t, iso, "openstack/latest/meta_data.json"); !strings.Contains(meta, `"admin_pass":"Secret-1"`) ||
		strings.Contains(text(t, iso, "openstack/latest/vendor_data.json"), "chpasswd") {
		t.Error(meta)
	}
}
