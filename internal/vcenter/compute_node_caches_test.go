// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"slices"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// added has the client add a host to the cluster compute.
func added(t *testing.T, c *vcenter.Client, name string) openstack.ComputeNode {
	t.Helper()
	node, err := c.Nodes.AddComputeNode(t.Context(), openstack.ComputeNode{Hostname: name, Cluster: "compute",
		Thumbprint: vcsim.HostThumbprint(name)},
		openstack.NodeAccount{Username: vcsim.HostUser, Password: vcsim.HostPassword}, false)
	if err != nil {
		t.Fatal(err)
	}
	return node
}

// updated has the client change a host.
func updated(t *testing.T, c *vcenter.Client, node openstack.ComputeNode) openstack.ComputeNode {
	t.Helper()
	now, err := c.Nodes.UpdateComputeNode(t.Context(), node, false)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// TestNodeMoved: an instance on a host that this process has moved to another cluster is shown there.
func TestNodeMoved(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
		Cluster: "compute", Zones: []inventory.Zone{{Name: "az2", Cluster: "compute-2"}}})
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	node := added(t, c, "esx-9")
	node.Switches = []openstack.SwitchMembership{{Switch: "dvs-1", Adapters: []string{"vmnic1"}}}
	node = updated(t, c, node)
	onHost := func(zone string) openstack.Server {
		wanted := request(t, c, "web")
		wanted.Zone, wanted.Hypervisor = zone, "esx-9"
		server, err := c.Servers.Create(t.Context(), wanted)
		if err != nil {
			t.Fatal(err)
		}
		return server
	}
	first := onHost("nova")
	if err := c.Servers.Delete(t.Context(), machine.Key{ID: first.ID}, false); err != nil {
		t.Fatal(err)
	}
	node.Cluster, node.Switches = "compute-2", nil
	node = updated(t, c, node)
	if second := onHost("az2"); clusterOfNode(second.Hypervisor) != node.ClusterID || first.Hypervisor == second.Hypervisor {
		t.Errorf("it is on %s, then on %s; the host is in %s", first.Hypervisor, second.Hypervisor, node.ClusterID)
	}
}

func clusterOfNode(node string) string { return node[:max(0, slices.Index([]byte(node), '.'))] }

// TestNodeJoinsSwitch: a host that this process has made a member of a switch can take the switch's networks, until it leaves it.
func TestNodeJoinsSwitch(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	web := made(t, c, "web") // the networks are known from here on
	move := func() error {
		_, err := c.Servers.PlanMove(t.Context(), nil, web, web.Flavor, "nova", "esx-9")
		return err
	}
	node := added(t, c, "esx-9")
	if err := move(); err == nil {
		t.Error("a host that is on no switch takes the instance")
	}
	node.Switches = []openstack.SwitchMembership{{Switch: "dvs-1", Adapters: []string{"vmnic1"}}}
	node = updated(t, c, node)
	if err := move(); err != nil {
		t.Error(err)
	}
	node.Switches = []openstack.SwitchMembership{}
	updated(t, c, node)
	if err := move(); err == nil {
		t.Error("a host that has left the switch takes the instance")
	}
}

// TestNodeRests: a host that this process has put into maintenance takes no instances until it is back.
func TestNodeRests(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	node, err := c.Nodes.FindComputeNode(t.Context(), "esx-3")
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []string{openstack.Enabled, openstack.Disabled, openstack.Enabled} {
		node.Status, node.Switches = status, nil
		updated(t, c, node)
		if err := c.Inventory.CheckNode(t.Context(), "nova", "esx-3"); (err == nil) != (status == openstack.Enabled) {
			t.Errorf("%s: %v", status, err)
		}
	}
}

// TestPolicyOfNewHosts: the datastores that a policy allows are read again after hosts were added, which may bring some.
func TestPolicyOfNewHosts(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	c := clientOver(t, vc, wire)
	asked := func(want int) {
		t.Helper()
		wire.Take()
		for range 2 {
			if err := c.Inventory.CheckPolicy(t.Context(), "", "vSAN Default Storage Policy"); err != nil {
				t.Fatal(err)
			}
		}
		if calls, _ := wire.Take(); sum(calls, "PbmCheckRequirements") != want {
			t.Errorf("it was asked %v", calls)
		}
	}
	asked(1)
	asked(0)
	added(t, c, "esx-9")
	asked(1)
}
