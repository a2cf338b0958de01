// SPDX-License-Identifier: MPL-2.0

package dvs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/dvs"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// TestLastRecordIsAnInterface: after a subnet's record was removed by hand, its router interface still keeps the network, and its
// deletion removes the records VM.
func TestLastRecordIsAnInterface(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
		Routers: vcenter.RoutersPhysical})
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	backend := dvs.New(c)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	n, err := backend.CreateNetwork(t.Context(), openstack.Network{Name: "lab", VLAN: 100, AdminUp: true})
	must(err)
	s, err := sdn.Complete(openstack.Subnet{NetworkID: n.ID, CIDR: "10.0.0.0/24"}, false)
	must(err)
	s, err = backend.CreateSubnet(t.Context(), s)
	must(err)
	r, err := backend.CreateRouter(t.Context(), openstack.Router{})
	must(err)
	i, err := backend.CreateRouterInterface(t.Context(), openstack.RouterInterface{RouterID: r.ID, SubnetID: s.ID})
	must(err)
	must(c.Records.OfNetwork(n.ID).Update(t.Context(), func(all records.Set) error { all.Drop("subnet", s.ID); return nil }))
	if _, err := backend.DeleteNetwork(t.Context(), n.ID); err == nil || !strings.Contains(err.Error(), i.ID) {
		t.Errorf("a network with a router interface: %v", err)
	}
	soon, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	if err := backend.DeleteRouter(soon, r.ID); err == nil || !strings.Contains(err.Error(), s.ID) {
		t.Errorf("a router with an interface: %v", err)
	}
	must(backend.DeleteRouterInterface(t.Context(), n.ID, i.ID, false))
	must(backend.DeleteRouter(t.Context(), r.ID))
	_, err = backend.DeleteNetwork(t.Context(), n.ID)
	must(err)
	if left := vc.VMs("novasphere/novasphere-network-*"); len(left) > 0 {
		t.Errorf("%d records VMs are left", len(left))
	}
}

// TestRecordsOfNetworks: the records VM of a network that this provider made is removed with the network. Until then a subnet without a
// record is gone, even if a process was killed before its state showed that. The records VM of another network goes with its last record.
func TestRecordsOfNetworks(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile})
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	backend := dvs.New(c)
	own, err := backend.CreateNetwork(t.Context(), openstack.Network{Name: "lab", VLAN: 100, AdminUp: true})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := c.Networks.Network(t.Context(), "", "private")
	if err != nil {
		t.Fatal(err)
	}
	for network, left := range map[string]int{own.ID: 1, theirs.ID: 0} {
		s, err := sdn.Complete(openstack.Subnet{NetworkID: network, CIDR: "10.0.0.0/24"}, false)
		if err != nil {
			t.Fatal(err)
		}
		if s, err = backend.CreateSubnet(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if err := backend.DeleteSubnet(t.Context(), network, s.ID); err != nil {
			t.Fatal(err)
		}
		if got := len(vc.VMs("novasphere/novasphere-network-" + network)); got != left {
			t.Errorf("%d records VMs of %s are left, not %d", got, network, left)
		}
		if _, err := backend.Subnet(t.Context(), network, s.ID); left > 0 && !errors.Is(err, openstack.ErrNotFound) {
			t.Errorf("a subnet of %s that was deleted is read as %v", network, err)
		}
	}
	if _, err := backend.DeleteNetwork(t.Context(), own.ID); err != nil {
		t.Fatal(err)
	}
	if left := vc.VMs("novasphere/novasphere-network-*"); len(left) > 0 {
		t.Errorf("%d records VMs are left", len(left))
	}
}

// TestRoutersOfProjects: workspaces of several projects, or users, may give routers the same name; an unused one of the same project is
// most likely a leftover.
func TestRoutersOfProjects(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	create := func(project string) error {
		c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
			Project: project, Routers: vcenter.RoutersPhysical})
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		_, err := dvs.New(c).CreateRouter(t.Context(), openstack.Router{Name: "router"})
		return err
	}
	for _, project := range []string{"", "blue", "red"} {
		if err := create(project); err != nil {
			t.Errorf("project %q: %v", project, err)
		}
	}
	if err := create("red"); err == nil || !strings.Contains(err.Error(), "project red made") {
		t.Errorf("a second one of a project: %v", err)
	}
}
