package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccCloudBlock: a block that cannot be right is refused where it stands, and a cloud that is not there is in nobody's way who does
// not need it.
func TestAccCloudBlock(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	const login = `user_name = "u"
  password = "s3cret"`
	for name, tc := range map[string]struct{ block, says string }{
		"contradiction": {`auth_url = "https://k/v3"
  token = "s3cret"
  ` + login, "openstack: token and password are both written"},
		"endpoint type": {`endpoint_type = "secret"`, `Attribute openstack.endpoint_type value must be one of`},
		"unknown cloud": {`cloud = "nope"`, `openstack.cloud: the entry "nope" of clouds.yaml cannot be used`},
		"nothing":       {``, "openstack.auth_url: nothing says which cloud is meant"},
	} {
		t.Run(name, func(t *testing.T) {
			ws := vc.NewWorkspace(t, wire, strings.Replace(oneFlavor, "{}", "{\n  openstack {\n  "+tc.block+"\n  }\n}", 1))
			out, err := ws.Run("plan", "-no-color")
			if err == nil || !strings.Contains(flat(out), tc.says) || strings.Contains(out, "s3cret") {
				t.Errorf("%q is not in:\n%s", tc.says, out)
			}
		})
	}
	t.Run("not needed", func(t *testing.T) {
		ws := vc.NewWorkspace(t, wire, strings.Replace(oneFlavor, "{}", "{\n  openstack {\n  auth_url = \"http://127.0.0.1:1/v3\"\n  "+login+"\n  }\n}", 1))
		ws.Apply()
		ws.Destroy()
	})
}
