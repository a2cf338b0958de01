// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// killedOutside destroys a VM with the vSphere client.
func killedOutside(t *testing.T, vc *acctest.VCenter, path string) {
	t.Helper()
	by(t, machine(vc, path).PowerOff)
	by(t, machine(vc, path).Destroy)
}

// booked returns the names of a network's switch ports that are booked and not connected.
func booked(t *testing.T, vc *acctest.VCenter) (names []string) {
	t.Helper()
	found, err := find.NewFinder(vc.Client().Client).Network(t.Context(), "/dc1/network/dvs-1")
	if err != nil {
		t.Fatal(err)
	}
	dvs, _ := found.(*object.DistributedVirtualSwitch)
	ports, err := dvs.FetchDVPorts(t.Context(), &types.DistributedVirtualSwitchPortCriteria{Connected: types.NewBool(false)})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ports {
		if strings.TrimSpace(p.Config.Name) != "" {
			names = append(names, p.Config.Name)
		}
	}
	return names
}

// onLab returns an instance on the lab's network, and that network without its port.
func onLab(name, block string) string {
	network, _, _ := strings.Cut(ported, "resource \"novasphere_networking_port\"")
	return network + plain("name = \""+name+"\"\n  network {\n    uuid = novasphere_networking_subnet.lab.network_id\n"+block+"\n  }\n")
}

// TestAccPortsOfTheDead: a port made for an instance that was destroyed outside of Terraform is free: the instance's replacement takes up
// its port and address, another instance may claim the address, and the subnet can be deleted.
func TestAccPortsOfTheDead(t *testing.T) {
	t.Parallel()
	const fixed = `fixed_ip_v4 = "10.0.0.20"`
	network, _, _ := strings.Cut(ported, "resource \"novasphere_networking_port\"")
	flavorAlone, _, _ := strings.Cut(plain(""), "resource \"novasphere_compute_instance\"")
	for name, c := range map[string]struct {
		before, after string
		ports, held   int
	}{
		"a fixed address again":           {onLab("web", fixed), onLab("web", fixed), 1, 1},
		"any address again":               {onLab("web", ""), onLab("web", ""), 1, 1},
		"the address by another instance": {onLab("web", fixed), onLab("db", fixed), 1, 1},
		"the address by a port": {onLab("web", fixed), network + flavorAlone +
			"resource \"novasphere_networking_port\" \"p\" {\n  network_id = novasphere_networking_network.lab.id\n" +
			"  fixed_ip {\n    subnet_id = novasphere_networking_subnet.lab.id\n    ip_address = \"10.0.0.20\"\n  }\n}\n", 1, 0},
		"nothing is left of it": {onLab("web", fixed), flavorAlone, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			protocol.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{
					{Config: vc.Config("", c.before)},
					{PreConfig: func() { killedOutside(t, vc, "OpenStack/web") }, Config: vc.Config("", c.after), Check: portsLeft(vc, c.ports, c.held)},
					{Config: vc.Config("", c.after), PlanOnly: true},
				},
				CheckDestroy: resource.ComposeAggregateTestCheckFunc(portsLeft(vc, 0, 0), acctest.Check(func() error { return vc.NoNetwork("lab") })),
			})
		})
	}
}

// TestAccPortsOfAKilledCreation: ports and bookings of a creation that was killed during its clone are taken up by the next creation of
// the same instance, so that nothing is left over.
func TestAccPortsOfAKilledCreation(t *testing.T) {
	t.Parallel()
	for name, grouped := range map[string]bool{"plain": false, "filtered": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			base := vc.Provider(t, map[string]any{"security_groups": "dvs"})
			net := base.Bring("novasphere_networking_network", map[string]any{"name": "lab",
				"segments": []any{map[string]any{"segmentation_id": 100}}}, protocol.Object{})
			sub := base.Bring("novasphere_networking_subnet", map[string]any{"network_id": net.Text("id"), "cidr": "10.0.0.0/24"}, protocol.Object{})
			flavor := base.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.small", "vcpus": 1, "ram": 512, "disk": 20},
				protocol.Object{})
			instance := map[string]any{"name": "web", "flavor_id": flavor.Text("id"), "image_name": "debian-12", "wait_for_ip": "0s",
				"network": []any{map[string]any{"uuid": net.Text("id")}, map[string]any{"uuid": net.Text("id")}}}
			var all []protocol.Object
			if grouped {
				g := base.Bring("novasphere_networking_secgroup", map[string]any{"name": "web", "stateful": false}, protocol.Object{})
				all, instance["security_groups"] = append(all, g), []any{"web"}
			}
			killAt(t, vc, "CloneVM_Task", instance)
			if err := portsLeft(vc, 2, 2)(nil); err != nil || len(booked(t, vc)) != 2 {
				t.Fatalf("the killed creation has not left what it should: %v, booked %v", err, booked(t, vc))
			}
			after := vc.Provider(t, map[string]any{"security_groups": "dvs"})
			web := after.Bring("novasphere_compute_instance", instance, protocol.Object{})
			if err := portsLeft(vc, 2, 2)(nil); err != nil || len(booked(t, vc)) != 0 {
				t.Errorf("%v, booked %v", err, booked(t, vc))
			}
			for _, o := range append([]protocol.Object{web, sub, net, flavor}, all...) {
				after.Destroy(o)
			}
			if err := vc.NoNetwork("lab"); err != nil {
				t.Error(err)
			}
		})
	}
}

// recordedPorts changes the records of a network's ports.
func recordedPorts(t *testing.T, vc *acctest.VCenter, network string, change func(*openstack.Port)) {
	t.Helper()
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack"})
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	err := c.Records.OfNetwork(network).Update(t.Context(), func(all records.Set) error {
		ports, err := records.All[openstack.Port](all, "port")
		for i := range ports {
			change(&ports[i])
			err = errors.Join(err, all.Put("port", ports[i].ID, ports[i]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// fixedLab returns a network with a subnet, and a function for an instance of a name at an address on it.
func fixedLab(p *protocol.Provider) (net, sub protocol.Object, at func(name string) map[string]any) {
	net = p.Bring("novasphere_networking_network", map[string]any{"name": "lab", "segments": []any{map[string]any{"segmentation_id": 100}}},
		protocol.Object{})
	sub = p.Bring("novasphere_networking_subnet", map[string]any{"network_id": net.Text("id"), "cidr": "10.0.0.0/24"}, protocol.Object{})
	flavor := p.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.small", "vcpus": 1, "ram": 512, "disk": 20}, protocol.Object{})
	return net, sub, func(name string) map[string]any {
		return map[string]any{"name": name, "flavor_id": flavor.Text("id"), "image_name": "debian-12", "wait_for_ip": "0s",
			"network": []any{map[string]any{"uuid": net.Text("id"), "fixed_ip_v4": "10.0.0.20"}}}
	}
}

// TestAccPortsOfAnInstanceToCome: the port of an instance that another process is making, perhaps deploying its image for minutes, is not
// free: neither its address nor its subnet can be taken. After the time that a creation may take, both can.
func TestAccPortsOfAnInstanceToCome(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := vc.Provider(t, nil)
	net, sub, at := fixedLab(base)
	killAt(t, vc, "CloneVM_Task", at("web"))
	age := func(by time.Duration) {
		recordedPorts(t, vc, net.Text("id"), func(p *openstack.Port) { p.Mark.At = time.Now().Add(-by).UTC() })
	}
	age(20 * time.Minute)
	other := vc.Provider(t, nil)
	if _, reported := other.Apply(other.Plan(kindOfInstance, at("db"), protocol.Object{})); !strings.Contains(fmt.Sprint(reported),
		"10.0.0.20") ||
		!strings.Contains(fmt.Sprint(reported), "may be being made by another process") {
		t.Errorf("the address is given a second time: %v", reported)
	}
	if _, reported := other.Apply(other.PlanDelete(sub)); !strings.Contains(fmt.Sprint(reported), "may be being made by another process") {
		t.Errorf("the subnet goes: %v", reported)
	}
	if err := portsLeft(vc, 1, 1)(nil); err != nil || len(booked(t, vc)) != 1 {
		t.Errorf("%v, booked %v", err, booked(t, vc))
	}
	age(31 * time.Minute)
	late := vc.Provider(t, nil)
	db := late.Bring(kindOfInstance, at("db"), protocol.Object{})
	late.Destroy(db)
	if err := portsLeft(vc, 0, 0)(nil); err != nil || len(booked(t, vc)) != 0 {
		t.Errorf("%v, booked %v", err, booked(t, vc))
	}
	late.Destroy(sub)
}

// TestAccConnectedPortIsNotDead: a port that a VM is connected to is in use, even where the account sees no VM that is its instance.
func TestAccConnectedPortIsNotDead(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	base := vc.Provider(t, nil)
	net, sub, at := fixedLab(base)
	other := vc.Provider(t, nil)
	early := other.Plan(kindOfInstance, at("db"), protocol.Object{}) // before the address is taken
	base.Bring(kindOfInstance, at("web"), protocol.Object{})
	recordedPorts(t, vc, net.Text("id"), func(p *openstack.Port) {
		p.DeviceID, p.Mark.At = "6f1f4dd0-7a43-4e12-9be0-ac7c81a1f2f0", time.Now().Add(-48*time.Hour).UTC()
	})
	if _, reported := other.Apply(early); !strings.Contains(fmt.Sprint(reported), "10.0.0.20") {
		t.Errorf("the address is given a second time: %v", reported)
	}
	if _, reported := other.Apply(other.PlanDelete(sub)); len(protocol.Errors(reported)) == 0 {
		t.Error("the subnet goes")
	}
	if err := portsLeft(vc, 1, 1)(nil); err != nil {
		t.Error(err)
	}
}
