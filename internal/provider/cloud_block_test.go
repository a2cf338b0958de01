// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestCloudBlockRefused: an invalid block is refused at its place, and no message shows its secrets.
func TestCloudBlockRefused(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	for name, tc := range map[string]struct {
		block    map[string]any
		at, says string
	}{
		"contradiction": {map[string]any{"auth_url": "https://k/v3", "token": "s3cret", "user_name": "u", "password": "s3cret"}, "openstack",
			"openstack: token and password are both written"},
		"endpoint type": {map[string]any{"endpoint_type": "secret"}, "openstack.endpoint_type",
			"Attribute openstack.endpoint_type value must be one of"},
		"unknown cloud": {map[string]any{"cloud": "nope"}, "openstack.cloud", `openstack.cloud: the entry "nope" of clouds.yaml cannot be used`},
		"nothing":       {map[string]any{}, "openstack.auth_url", "openstack.auth_url: nothing says which cloud is meant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := protocol.New(t, acctest.Factories["novasphere"]).Configure(vc.Settings(map[string]any{"openstack": tc.block}))
			errors := protocol.Errors(said)
			if len(errors) != 1 || errors[0].Attribute != tc.at || !strings.Contains(errors[0].Text, tc.says) ||
				strings.Contains(errors[0].Text, "s3cret") {
				t.Errorf("the errors are %v, and not %q at %q", errors, tc.says, tc.at)
			}
		})
	}
}

// TestAccCloudBlock: a cloud that cannot be reached does not matter to a configuration that does not use it.
func TestAccCloudBlock(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	ws := vc.NewWorkspace(t, vc.Wire(t), strings.Replace(oneFlavor, "{}", `{
  openstack {
    auth_url  = "http://127.0.0.1:1/v3"
    user_name = "u"
    password  = "s3cret"
  }
}`, 1))
	ws.Apply()
	ws.Destroy()
}
