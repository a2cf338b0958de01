// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// ruleNames returns the rules of the first cluster with their numbers of VMs, and its groups as "name: members".
func ruleNames(t *testing.T, vc *acctest.VCenter) (rules, groups []string) {
	t.Helper()
	return rulesIn(t, vc, "compute")
}

// rulesIn is ruleNames for a cluster.
func rulesIn(t *testing.T, vc *acctest.VCenter, cluster string) (rules, groups []string) {
	t.Helper()
	found, err := find.NewFinder(vc.Client().Client).ClusterComputeResource(t.Context(), "/dc1/host/"+cluster)
	if err != nil {
		t.Fatal(err)
	}
	var shown mo.ClusterComputeResource
	if err := found.Properties(t.Context(), found.Reference(), []string{"configurationEx"}, &shown); err != nil {
		t.Fatal(err)
	}
	config, _ := shown.ConfigurationEx.(*types.ClusterConfigInfoEx)
	for _, r := range config.Rule {
		n := 0
		if apart, ok := r.(*types.ClusterAntiAffinityRuleSpec); ok {
			n = len(apart.Vm)
		}
		rules = append(rules, fmt.Sprintf("%s %d", r.GetClusterRuleInfo().Name, n))
	}
	for _, g := range config.Group {
		n := 0
		switch g := g.(type) {
		case *types.ClusterVmGroup:
			n = len(g.Vm)
		case *types.ClusterHostGroup:
			n = len(g.Host)
		}
		groups = append(groups, fmt.Sprintf("%s: %d", g.GetClusterGroupInfo().Name, n))
	}
	slices.Sort(rules)
	slices.Sort(groups)
	return rules, groups
}

// TestBindToHosts: one instance is bound to a host before it starts, another one afterwards, and both are released.
func TestBindToHosts(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	third := esx(t, vc, "compute/esx-3").Reference()
	rule := "novasphere-host-" + third.Value
	wanted := request(t, c, "first")
	wanted.Zone = "nova:esx-3"
	first, err := c.Servers.Create(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	if vm := vc.VM("OpenStack/first"); *vm.Runtime.Host != third || vm.Runtime.PowerState != "poweredOn" || first.Pin.Name != rule {
		t.Errorf("it is %s on %v, bound by %v", vm.Runtime.PowerState, vm.Runtime.Host, first.Pin)
	}
	second, err := move(t, c, made(t, c, "second"), "nova:esx-3")
	if err != nil {
		t.Fatal(err)
	}
	rules, groups := ruleNames(t, vc)
	if !slices.Equal(rules, []string{rule + " 0"}) || !slices.Equal(groups, []string{rule + "-hosts: 1", rule + "-vms: 2"}) {
		t.Errorf("rules %v, groups %v", rules, groups)
	}
	if _, err := move(t, c, second, "nova:esx-9"); err == nil || !strings.Contains(err.Error(), `there is no "esx-9" in the cluster compute`) {
		t.Errorf("a host that is not there: %v", err)
	}
	_, err = move(t, c, second, "nova")
	if err := errors.Join(err, c.Servers.Delete(t.Context(), machine.Key{ID: first.ID}, false)); err != nil {
		t.Fatal(err)
	}
	if rules, groups := ruleNames(t, vc); len(rules)+len(groups) > 0 {
		t.Errorf("rules %v and groups %v are left", rules, groups)
	}
}

// TestRulesOfOthers: rules without our prefix stay as they are, and a member whose host is away stays in its rule.
func TestRulesOfOthers(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := in(t, vc, "")
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	g, err := c.ServerGroups.Create(t.Context(), openstack.ServerGroup{Name: "web", Policy: openstack.SoftAntiAffinity})
	if err != nil {
		t.Fatal(err)
	}
	member := func(name string) (openstack.Server, error) {
		wanted := request(t, c, name)
		wanted.Hints = openstack.Hints{Group: g.ID, Policy: g.Policy}
		return c.Servers.Create(t.Context(), wanted)
	}
	var every sync.WaitGroup
	servers, failed := make([]openstack.Server, 3), make([]error, 3)
	for i := range servers {
		every.Go(func() { servers[i], failed[i] = member(fmt.Sprintf("web-%d", i)) })
	}
	every.Wait()
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	cluster, err := find.NewFinder(vc.Client().Client).ClusterComputeResource(t.Context(), "/dc1/host/compute")
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	theirs := &types.ClusterAntiAffinityRuleSpec{ClusterRuleInfo: types.ClusterRuleInfo{Name: "novasphere-theirs", Enabled: &yes,
		Mandatory: &yes},
		Vm: []types.ManagedObjectReference{{Type: "VirtualMachine", Value: servers[0].MoRef}, {Type: "VirtualMachine", Value: servers[1].MoRef}}}
	task, err := cluster.Reconfigure(t.Context(),
		&types.ClusterConfigSpecEx{RulesSpec: []types.ClusterRuleSpec{{ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: "add"}, Info: theirs}}},
		true)
	after(t, task, err)
	if err := c.Servers.Delete(t.Context(), machine.Key{ID: servers[2].ID}, false); err != nil {
		t.Fatal(err)
	}
	if rules, _ := ruleNames(t, vc); !slices.Equal(rules, []string{"novasphere-" + g.ID + " 2", "novasphere-theirs 2"}) {
		t.Errorf("rules %v", rules)
	}
	if err := c.Servers.Delete(t.Context(), machine.Key{ID: servers[1].ID}, false); err != nil {
		t.Fatal(err)
	}
	if rules, _ := ruleNames(t, vc); !slices.Equal(rules, []string{"novasphere-theirs 1"}) {
		t.Errorf("rules %v", rules)
	}
}

// TestServerGroupOfOneCluster: members run on one cluster; once all of them are gone the group may use another one.
func TestServerGroupOfOneCluster(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	on := func(cluster string) *vcenter.Client {
		c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack",
			Cluster: cluster})
		t.Cleanup(func() { _ = c.Close(t.Context()) })
		return c
	}
	first := on("compute")
	if _, err := first.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	g, err := first.ServerGroups.Create(t.Context(), openstack.ServerGroup{Name: "web", Policy: openstack.Affinity})
	if err != nil {
		t.Fatal(err)
	}
	member := func(c *vcenter.Client, name string) (openstack.Server, error) {
		wanted := request(t, c, name)
		wanted.Hints = openstack.Hints{Group: g.ID, Policy: g.Policy}
		return c.Servers.Create(t.Context(), wanted)
	}
	a, err := member(first, "a")
	if err != nil {
		t.Fatal(err)
	}
	second := on("compute-2")
	const elsewhere = "run on the cluster compute, and this instance would run on compute-2"
	if _, err := second.ServerGroups.CheckMember(t.Context(), "", g.ID); err == nil || !strings.Contains(err.Error(), elsewhere) {
		t.Errorf("the plan says %v", err)
	}
	if _, err := member(second, "b"); err == nil || !strings.Contains(err.Error(), elsewhere) || len(vc.VMs("OpenStack/b")) > 0 {
		t.Errorf("the apply says %v", err)
	}
	if err := first.Servers.Delete(t.Context(), machine.Key{ID: a.ID}, false); err != nil {
		t.Fatal(err)
	}
	third := on("compute-2")
	b, err := member(third, "b")
	_, refused := third.ServerGroups.CheckMember(t.Context(), "", g.ID)
	if err = errors.Join(err, refused); err != nil {
		t.Fatal(err)
	}
	if now, err := third.ServerGroups.Read(t.Context(), g.ID); err != nil || !slices.Equal(now.Members, []string{b.ID}) || !now.InForce {
		t.Errorf("%+v, %v", now, err)
	}
}

// TestFormerClusterOfAGroup: the cluster that a group's members ran on is read once, however many instances are planned on another one.
func TestFormerClusterOfAGroup(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	first := zoned(t, vc, vc.Wire(t), "")
	if _, err := first.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	g, err := first.ServerGroups.Create(t.Context(), openstack.ServerGroup{Name: "web", Policy: openstack.Affinity})
	if err != nil {
		t.Fatal(err)
	}
	wanted := request(t, first, "a")
	wanted.Zone, wanted.Hints = "az1", openstack.Hints{Group: g.ID, Policy: g.Policy}
	a, err := first.Servers.Create(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	for _, runs := range []bool{true, false} {
		if !runs {
			if err := first.Servers.Delete(t.Context(), machine.Key{ID: a.ID}, false); err != nil {
				t.Fatal(err)
			}
		}
		wire := vc.Wire(t)
		c := zoned(t, vc, wire, "")
		c.Planned.ServerGroups.Expect(openstack.ServerGroup{ID: g.ID, Name: g.Name, Policy: g.Policy}) // planned in the same configuration
		for i := range 20 {
			_, err := c.ServerGroups.CheckMember(t.Context(), "az2", g.ID)
			if refused := err != nil &&
				strings.Contains(err.Error(), "run on the cluster compute, and this instance would run on compute-2"); refused != runs || err != nil &&
				!runs {
				t.Fatalf("members run there: %v; the plan says %v", runs, err)
			}
			if calls, _ := wire.Take(); i > 0 && acctest.Total(calls) > 0 {
				t.Fatalf("instance %d asked again: %v", i, calls)
			}
		}
	}
}

// TestServerGroupOfAClusterThatIsGone: a group and an aggregate whose cluster was removed outside Terraform still exist, without members
// and rules, and can be deleted.
func TestServerGroupOfAClusterThatIsGone(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := clientOver(t, vc, vc.Wire(t))
	g, err := c.ServerGroups.Create(t.Context(), openstack.ServerGroup{Name: "web", Policy: openstack.Affinity})
	if err != nil {
		t.Fatal(err)
	}
	g.Cluster = "domain-c999"
	if err := c.Records.Catalogue.Update(t.Context(), func(all records.Set) error { return all.Put("servergroup", g.ID, g) }); err != nil {
		t.Fatal(err)
	}
	if is, err := c.ServerGroups.Read(t.Context(), g.ID); err != nil || len(is.Members) > 0 || !is.InForce {
		t.Errorf("the group is %+v, %v", is, err)
	}
	if err := c.ServerGroups.Delete(t.Context(), g.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.ServerGroups.Read(t.Context(), g.ID); !errors.Is(err, openstack.ErrNotFound) {
		t.Errorf("the record is left: %v", err)
	}
}
