// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// emptied removes all hosts and clusters from a vCenter, in the order that it requires. A switch, the datastores' names and a content
// library are left.
func emptied(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	ctx, finder := t.Context(), find.NewFinder(vc.Client().Client)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	done := func(task *object.Task, err error) {
		t.Helper()
		must(err)
		must(task.Wait(ctx))
	}
	for _, vm := range vc.VMs("images/*") {
		done(object.NewVirtualMachine(vc.Client().Client, vm.Self).Destroy(ctx))
	}
	hosts, err := finder.HostSystemList(ctx, "/dc1/host/*/*")
	must(err)
	var dvs mo.DistributedVirtualSwitch
	found, err := finder.Network(ctx, "/dc1/network/dvs-1")
	must(err)
	must(property.DefaultCollector(vc.Client().Client).RetrieveOne(ctx, found.Reference(), []string{"config"}, &dvs))
	leave := types.DVSConfigSpec{ConfigVersion: dvs.Config.GetDVSConfigInfo().ConfigVersion}
	for _, host := range hosts {
		done(host.EnterMaintenanceMode(ctx, 60, true, nil))
		leave.Host = append(leave.Host, types.DistributedVirtualSwitchHostMemberConfigSpec{Operation: string(types.ConfigSpecOperationRemove),
			Host: host.Reference()})
	}
	done(object.NewDistributedVirtualSwitch(vc.Client().Client, found.Reference()).Reconfigure(ctx, &leave))
	for _, host := range hosts {
		done(host.Destroy(ctx))
	}
	clusters, err := finder.ClusterComputeResourceList(ctx, "/dc1/host/*")
	must(err)
	for _, cluster := range clusters {
		done(cluster.Destroy(ctx))
	}
}

// example returns a configuration of examples/ in the form for a workspace.
func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "examples", name, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\nvariable ")
	if !found {
		t.Fatalf("%s has no variables", name)
	}
	return "variable " + rest
}

// TestAccPlatformAndTenant: one root module builds a cluster from nothing, another runs twelve instances on it. A node is taken out of
// service and its instances move; then no plan shows a change; and destroying both leaves nothing.
func TestAccPlatformAndTenant(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	emptied(t, vc)
	wire := vc.Wire(t)
	platform := vc.NewWorkspace(t, wire, example(t, "platform"))
	platform.Apply()
	platform.PlanIsEmpty()
	tenant := vc.NewWorkspace(t, wire, example(t, "tenant"), "TF_VAR_cluster=gold", "TF_VAR_image="+vcsim.LibraryItem,
		`TF_VAR_flavor_specs={"aggregate_instance_extra_specs:tier"="gold"}`)
	tenant.Apply()
	tenant.PlanIsEmpty()
	platform.PlanIsEmpty()
	on := hostsOf(t, vc)
	if len(on) != 12 {
		t.Fatalf("%d instances run", len(on))
	}
	busy := ""
	for _, host := range on {
		busy = host
	}
	platform.Must("apply", "-auto-approve", "-no-color", fmt.Sprintf("-var=maintenance={%q=%q}", busy, "new memory"))
	for name, host := range hostsOf(t, vc) {
		if host == busy {
			t.Errorf("%s is still on %s", name, host)
		}
	}
	if out, err := platform.Run("plan", "-detailed-exitcode", "-no-color",
		fmt.Sprintf("-var=maintenance={%q=%q}", busy, "new memory")); err != nil {
		t.Errorf("the platform's plan is not empty: %s", out)
	}
	tenant.PlanIsEmpty()
	platform.Apply() // back in service
	tenant.Destroy()
	emptyRecords(t, vc)
	platform.Destroy()
	if left := vc.VMs("*"); len(left) > 0 {
		t.Errorf("%d machines are left", len(left))
	}
	if left, err := find.NewFinder(vc.Client().Client).ClusterComputeResourceList(t.Context(), "/dc1/host/*"); err == nil {
		t.Errorf("%d clusters are left", len(left))
	}
}

// emptyRecords leaves the records VM of a network without subnets, as the provider does: it goes with the last host.
func emptyRecords(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile})
	defer func() { _ = c.Close(t.Context()) }()
	store := c.Records.OfNetwork("dvportgroup-12")
	made := store.Claim(t.Context(), func(all records.Set) error { return all.Put("subnet", "s", openstack.Subnet{ID: "s"}) })
	if err := errors.Join(made, store.Update(t.Context(), func(all records.Set) error { all.Drop("subnet", "s"); return nil })); err != nil {
		t.Fatal(err)
	}
	if left := vc.VMs("novasphere/novasphere-network-*"); len(left) != 1 {
		t.Fatalf("there are %d records VMs of networks", len(left))
	}
}

// hostsOf returns the hosts of the tenant's running instances, by the instances' names.
func hostsOf(t *testing.T, vc *acctest.VCenter) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, vm := range vc.VMs("OpenStack/tenant/*") {
		var host mo.HostSystem
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			continue
		}
		if err := property.DefaultCollector(vc.Client().Client).RetrieveOne(t.Context(), *vm.Runtime.Host, []string{"name"}, &host); err != nil {
			t.Fatal(err)
		}
		out[vm.Name] = host.Name
	}
	return out
}
