// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// TestFilesThatNobodyMayWrite: vCenter answers 401 to an upload without the privilege, as to a lost session. The error names the missing
// privilege and the object. A session that is lost at that moment is renewed all the same.
func TestFilesThatNobodyMayWrite(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	create := func(name string, before func()) error {
		want := request(t, c, name)
		want.ConfigDrive = func(openstack.Server) ([]byte, error) {
			before()
			return make([]byte, 2048), nil
		}
		server, err := c.Servers.Create(t.Context(), want)
		if server.ID != "" {
			if err := c.Servers.Delete(t.Context(), machine.Key{ID: server.ID}, false); err != nil {
				t.Error(err)
			}
		}
		return err
	}
	vc.RefuseFiles(true)
	vc.ResetCalls()
	notShown(t, create("web", func() {}), "uploading the config drive of web", "HTTP 401", "Datastore.FileManagement", "on the datastore vmfs",
		"on the datacenter dc1")
	if n := vc.Calls()["PUT /folder/{file}"]; n != 2 {
		t.Errorf("it was sent %d times", n)
	}
	notShown(t, create("db", vc.ExpireSessions), "Datastore.FileManagement")
	vc.RefuseFiles(false)
	if err := create("app", vc.ExpireSessions); err != nil {
		t.Error(err)
	}
}
