// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

// in returns a client for one datacenter of a vCenter, connected directly.
func in(t *testing.T, vc *acctest.VCenter, datacenter string) *vcenter.Client {
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
		Datacenter: datacenter})
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	return c
}

// TestDatacenterInAFolder: whatever uses an inventory path works for a datacenter in a folder.
func TestDatacenterInAFolder(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{DatacenterFolder: "emea"})
	for _, name := range []string{"", "dc1", "emea/dc1"} {
		c := in(t, vc, name)
		if _, err := c.Flavors.Create(t.Context(), small); err != nil {
			t.Fatalf("%q: %s", name, err)
		}
		server := made(t, c, "web")
		for _, id := range []string{"/emea/dc1/vm/OpenStack/web", "OpenStack/web", server.ID, server.MoRef} {
			if found, err := c.Machines.Find(t.Context(), id); err != nil || found.ID != server.ID {
				t.Errorf("%q: import by %s: %v, %v", name, id, found.ID, err)
			}
		}
		var exists *servers.ExistsError
		if _, err := in(t, vc, name).Servers.Create(t.Context(), request(t, c, "web")); !errors.As(err, &exists) || exists.Found == nil ||
			exists.Found.ID != server.ID {
			t.Errorf("%q: the same name again: %v", name, err)
		}
		if err := errors.Join(c.Servers.Delete(t.Context(), machine.Key{ID: server.ID}, false),
			c.Flavors.Delete(t.Context(), small.ID)); err != nil {
			t.Errorf("%q: %s", name, err)
		}
	}
}

// TestTwoOfOneName: the error for the second resource tells that the configuration has the name twice, not to import the first.
func TestTwoOfOneName(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	made(t, c, "web")
	_, err := c.Servers.Create(t.Context(), request(t, c, "web"))
	if err == nil || !strings.Contains(err.Error(), "another instance of this configuration") || strings.Contains(err.Error(), "import") {
		t.Error(err)
	}
}

// TestTagOfTwoDatacenters: the deletion of one datacenter's flavor leaves the other one's VM the tag that both share.
func TestTagOfTwoDatacenters(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Datacenters: 2})
	first, second := in(t, vc, "dc1"), in(t, vc, "dc2")
	for _, c := range []*vcenter.Client{first, second} {
		if _, err := c.Flavors.Create(t.Context(), small); err != nil {
			t.Fatal(err)
		}
	}
	mine := made(t, first, "web")
	theirs, err := second.Machines.Find(t.Context(), "/dc2/vm/novasphere/novasphere-catalogue") // any machine will do
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(first.Labels.Attach(t.Context(), mine.MoRef, small, openstack.Flavor{}),
		second.Labels.Attach(t.Context(), theirs.MoRef, small, openstack.Flavor{})); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(first.Servers.Delete(t.Context(), machine.Key{ID: mine.ID}, false),
		first.Flavors.Delete(t.Context(), small.ID)); err != nil {
		t.Fatal(err)
	}
	if tags := vc.Tags(); len(tags) != 1 {
		t.Errorf("the other datacenter's tag is gone: %v", tags)
	}
}

// TestWithoutDRS: without DRS in the cluster, CreateVM_Task needs a host.
func TestWithoutDRS(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{NoDRS: true})
	c := in(t, vc, "")
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	if made(t, c, "web"); len(vc.Catalogue()) != 1 {
		t.Errorf("the catalogue holds %v", vc.Catalogue())
	}
}
