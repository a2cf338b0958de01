// SPDX-License-Identifier: MPL-2.0

package guest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestGuestinfo(t *testing.T) {
	t.Parallel()
	keys, err := Guestinfo(CloudInit{ID: "u-1", Name: "Web Server.1", PublicKey: "ssh-ed25519 AAAA me\n",
		Metadata: map[string]string{"role": "web"}, UserData: "#cloud-config\n"})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(keys["guestinfo.metadata"])
	if err != nil || keys["guestinfo.metadata.encoding"] != "base64" {
		t.Fatal(keys, err)
	}
	var metadata struct {
		ID   string            `json:"instance-id"`
		Host string            `json:"local-hostname"`
		Keys string            `json:"public-keys-data"`
		Meta map[string]string `json:"meta"`
	}
	if err := json.Unmarshal(raw, &metadata); err != nil || metadata.ID != "u-1" || metadata.Host != "web-server-1" ||
		metadata.Keys != "ssh-ed25519 AAAA me\n" || metadata.Meta["role"] != "web" {
		t.Errorf("%s %v", raw, err)
	}
	if data, ok := Unpack(keys["guestinfo.userdata"], keys["guestinfo.userdata.encoding"]); !ok || data != "#cloud-config\n" {
		t.Errorf("user data came back as %q, %t", data, ok)
	}
	changed, err := WithMetadata(keys["guestinfo.metadata"], keys["guestinfo.metadata.encoding"], map[string]string{"role": "db"})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ = base64.StdEncoding.DecodeString(changed["guestinfo.metadata"])
	if text := string(raw); !strings.Contains(text, `"role":"db"`) || !strings.Contains(text, "web-server-1") ||
		!strings.Contains(text, "ssh-ed25519") {
		t.Errorf("changed to %s", text)
	}
}

// TestGuestinfoOfOthers: guestinfo that another program wrote is never overwritten, whatever its form.
func TestGuestinfoOfOthers(t *testing.T) {
	t.Parallel()
	yaml := base64.StdEncoding.EncodeToString([]byte("instance-id: web-1\nlocal-hostname: web\nnetwork:\n  version: 2\n"))
	nics := []openstack.NIC{{MAC: "00:50:56:00:00:01", Guest: []openstack.Lease{{Address: "192.0.2.5/24"}}}}
	for name, is := range map[string][2]string{"YAML": {yaml, "base64"}, "compressed": {pack("{}"), "gzip+base64"},
		"plain": {"instance-id: web-1", ""}, "null": {"bnVsbA==", "base64"}, "blanked": {"---", ""}} {
		for of, write := range map[string]func() (map[string]string, error){
			"metadata": func() (map[string]string, error) { return WithMetadata(is[0], is[1], map[string]string{"role": "web"}) },
			"network":  func() (map[string]string, error) { return WithNetwork(is[0], is[1], nics) },
			"rewired":  func() (map[string]string, error) { return Rewired(is[0], is[1], nics) },
		} {
			if keys, err := write(); err != nil || len(keys) > 0 {
				t.Errorf("%s, %s: %v %v", name, of, keys, err)
			}
		}
	}
	if keys, err := WithMetadata("", "", map[string]string{"role": "web"}); err != nil || keys["guestinfo.metadata"] == "" {
		t.Errorf("nothing was there, and nothing is told: %v %v", keys, err)
	}
}

func TestGuestinfoIsMeasured(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 80<<10)
	_, _ = rand.Read(noise)
	if _, err := Guestinfo(CloudInit{UserData: string(noise)}); err == nil || !strings.Contains(err.Error(), "user_data") {
		t.Errorf("too much user data: %v", err)
	}
	if _, err := Guestinfo(CloudInit{UserData: strings.Repeat("a", 1<<20)}); err != nil {
		t.Errorf("what compresses well fits: %v", err)
	}
	if _, err := Guestinfo(CloudInit{Metadata: map[string]string{"k": base64.StdEncoding.EncodeToString(noise)}}); err == nil ||
		!strings.Contains(err.Error(), "metadata") {
		t.Errorf("too much metadata: %v", err)
	}
}
