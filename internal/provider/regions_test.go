// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// dvs lets every region's distributed switch enforce groups.
var dvs = map[string]any{"security_groups": "dvs"}

// twoRegions starts a vCenter for each of the regions east and west.
func twoRegions(t *testing.T) (east, west *acctest.VCenter) {
	t.Helper()
	return acctest.Start(t, vcsim.Options{}), acctest.Start(t, vcsim.Options{})
}

// inRegion returns a configuration with a region; "" leaves it out.
func inRegion(config map[string]any, region string) map[string]any {
	out := maps.Clone(config)
	if region != "" {
		out["region"] = region
	}
	return out
}

// says reports whether there is one error, at an attribute, that has every part.
func says(t *testing.T, said []protocol.Diagnostic, at string, parts ...string) {
	t.Helper()
	errors := protocol.Errors(said)
	if len(errors) != 1 || errors[0].Attribute != at {
		t.Errorf("the errors are %v, and not one at %q", errors, at)
		return
	}
	for _, part := range parts {
		if !strings.Contains(errors[0].Text, part) {
			t.Errorf("%q is not in %s", part, errors[0].Text)
		}
	}
}

// TestRegions makes one object of each noun in two regions with one provider: each vCenter holds its own, each state remembers its vCenter
// and its region, and what is destroyed in one stays in the other.
func TestRegions(t *testing.T) {
	t.Parallel()
	east, west := twoRegions(t)
	uuids := map[string]string{"": east.Client().ServiceContent.About.InstanceUuid, "west": west.Client().ServiceContent.About.InstanceUuid}
	p := acctest.InRegions(t, dvs, east.Region("east", nil), west.Region("west", nil))
	made, configs := map[string][]protocol.Object{}, map[string][]map[string]any{}
	for _, region := range []string{"", "west"} {
		ids := map[string]string{}
		for _, n := range nouns {
			config := inRegion(n.config(ids), region)
			one := p.Bring("novasphere_"+n.kind, config, p.None("novasphere_"+n.kind))
			ids[n.kind] = one.Text("id")
			made[region], configs[region] = append(made[region], one), append(configs[region], config)
		}
	}
	after := acctest.InRegions(t, dvs, east.Region("east", nil), west.Region("west", nil))
	for region, all := range made {
		for i, o := range all {
			now, said := after.Read(o)
			identity := after.Identity(now)
			if len(protocol.Errors(said)) > 0 || !remembers(now, uuids[region]) || now.Text("region") != region ||
				identity["vcenter"] != uuids[region] || identity["region"] != map[string]string{"": "east", "west": "west"}[region] {
				t.Errorf("%s of the region %q is %s with the identity %v: %v", o.Type, region, now.Private, identity, said)
			}
			if plan := after.Plan(o.Type, configs[region][i], now); plan.Action != protocol.Nothing {
				t.Errorf("%s of the region %q is planned to %s: %v", o.Type, region, plan.Action, plan.Diagnostics)
			}
		}
	}
	records := east.Records()
	for _, o := range slices.Backward(made["west"]) {
		after.Destroy(o)
	}
	if here, there := len(east.VMs("OpenStack/*")), len(west.VMs("OpenStack/*")); here != 1 || there != 0 || east.Records() != records ||
		west.Records() != "" {
		t.Errorf("after the end of one region there are %d machines in the other and %d in it, records %q", here, there, west.Records())
	}
}

// TestAnotherRegionIsAnotherObject: only a name that chooses another vCenter replaces, and the destruction goes to the old one.
func TestAnotherRegionIsAnotherObject(t *testing.T) {
	t.Parallel()
	east, west := twoRegions(t)
	both := []map[string]any{east.Region("east", nil), west.Region("west", nil)}
	p := acctest.InRegions(t, nil, both...)
	const kind = "novasphere_networking_network"
	config := map[string]any{"name": "moves", "segments": []any{map[string]any{"segmentation_id": 77}}}
	o := p.Bring(kind, config, p.None(kind))
	planned := func(p *protocol.Provider, region string, o protocol.Object, action string) protocol.Plan {
		t.Helper()
		plan := p.Plan(kind, inRegion(config, region), o)
		if len(plan.Errors()) > 0 || plan.Action != action {
			t.Errorf("region %q for one of %q: %s instead of %s: %v", region, o.Text("region"), plan.Action, action, plan.Diagnostics)
		}
		return plan
	}
	planned(p, "", o, protocol.Nothing)
	o, _ = p.Apply(planned(p, "east", o, protocol.Update))
	planned(p, "", o, protocol.Nothing) // an object that exists stays where it is
	planned(acctest.InRegions(t, nil, both[1], both[0]), "", o, protocol.Nothing)
	renamed := acctest.InRegions(t, nil, west.Region("west", nil), east.Region("anew", nil))
	if now, said := renamed.Read(o); len(protocol.Errors(said)) > 0 || !now.Exists() {
		t.Errorf("the region has another name, and the object is gone: %v", said)
	}
	planned(renamed, "", o, protocol.Nothing)
	planned(renamed, "anew", o, protocol.Update)
	gone := acctest.InRegions(t, nil, west.Region("west", nil))
	for what, said := range map[string][]protocol.Diagnostic{"plan": gone.Plan(kind, inRegion(config, "west"), o).Diagnostics,
		"destroy": gone.PlanDelete(o).Diagnostics} {
		t.Log(what)
		says(t, said, "region", "none of the provider's regions is (west)", east.Client().ServiceContent.About.InstanceUuid, `"east"`)
	}
	exchanged := acctest.InRegions(t, nil, west.Region("east", nil), east.Region("west", nil))
	_, wrong := exchanged.Read(o)
	says(t, wrong, "", "The state was made with the vCenter whose instance UUID is "+east.Client().ServiceContent.About.InstanceUuid)
	plan := planned(p, "west", o, protocol.Replace)
	now, said := p.Apply(plan)
	if len(protocol.Errors(said)) > 0 || !remembers(now, west.Client().ServiceContent.About.InstanceUuid) {
		t.Fatalf("the move: %s, %v", now.Private, said)
	}
	if err := east.NoNetwork("moves"); err != nil {
		t.Errorf("the old region: %s", err)
	}
	if west.NoNetwork("moves") == nil {
		t.Error("the new region has no such network")
	}
}

// TestUnknownRegion: a name that no block has is refused with the names of all, and one that is not known yet waits.
func TestUnknownRegion(t *testing.T) {
	t.Parallel()
	east, west := twoRegions(t)
	p := acctest.InRegions(t, nil, east.Region("east", nil), west.Region("west", nil))
	const kind = "novasphere_compute_keypair"
	config := map[string]any{"name": "ops"}
	says(t, p.Plan(kind, inRegion(config, "north"), p.None(kind)).Diagnostics, "region", `"north"`, "(east, west)")
	_, said := p.Query("novasphere_images_image", map[string]any{"name": "debian-12", "region": "north"})
	says(t, said, "region", `"north"`, "(east, west)")
	open := map[string]any{"name": "ops", "region": tftypes.UnknownValue}
	if plan := p.Plan(kind, open, p.None(kind)); len(plan.Errors()) > 0 || plan.Action != protocol.Create {
		t.Errorf("a region that is not known yet: %v", plan.Diagnostics)
	}
	o := p.Bring(kind, config, p.None(kind))
	says(t, p.Plan(kind, open, o).Diagnostics, "region", "only known after apply", "east")
	says(t, p.Plan(kind, inRegion(config, "north"), o).Diagnostics, "region", `"north"`)
	without := east.Provider(t, nil)
	if plan := without.Plan(kind, inRegion(config, "north"), o); len(plan.Errors()) > 0 || plan.Action != protocol.Update {
		t.Errorf("without blocks a region has an effect: %v", plan.Diagnostics)
	}
	if found, said := p.Query("novasphere_images_image", map[string]any{"name": "debian-12", "region": "west"}); len(said) > 0 {
		t.Errorf("a data source in the second region: %v, %v", found, said)
	}
}

// TestImportsNameARegion: identity and id name a region, and the state then holds its name.
func TestImportsNameARegion(t *testing.T) {
	t.Parallel()
	east, west := twoRegions(t)
	p := acctest.InRegions(t, nil, east.Region("east", nil), west.Region("west", nil))
	const kind = "novasphere_compute_flavor"
	for region, ram := range map[string]int{"east": 1024, "west": 2048} {
		p.Bring(kind, map[string]any{"name": region, "flavor_id": "same", "vcpus": 1, "ram": ram, "disk": 10, "region": region}, p.None(kind))
	}
	uuid := west.Client().ServiceContent.About.InstanceUuid
	for what, found := range map[string]func() (protocol.Object, []protocol.Diagnostic){
		"an id": func() (protocol.Object, []protocol.Diagnostic) { return p.Import(kind, "west/same") },
		"an identity": func() (protocol.Object, []protocol.Diagnostic) {
			return p.ImportByIdentity(kind, map[string]string{"id": "same", "region": "west"})
		},
		"a vCenter": func() (protocol.Object, []protocol.Diagnostic) {
			return p.ImportByIdentity(kind, map[string]string{"id": "same", "vcenter": uuid})
		},
	} {
		o, said := found()
		if len(protocol.Errors(said)) > 0 || o.Text("region") != "west" || o.Text("name") != "west" || !remembers(o, uuid) {
			t.Errorf("imported by %s: %s, %v", what, o.State, said)
		}
	}
	if o, said := p.Import(kind, "same"); len(protocol.Errors(said)) > 0 || o.Text("region") != "east" || o.Text("name") != "east" {
		t.Errorf("imported from the first region: %s, %v", o.State, said)
	}
	_, said := p.ImportByIdentity(kind, map[string]string{"id": "same", "region": "north"})
	says(t, said, "", "identity.region", `"north"`, "(east, west)")
	if _, said := p.Import(kind, "north/same"); len(protocol.Errors(said)) != 1 {
		t.Errorf("an id with a slash that names no region is %v", said)
	}
}

// TestRegionOfOpenStack: a state that was moved from OpenStack keeps its region's name, which is without effect until a block bears it.
func TestRegionOfOpenStack(t *testing.T) {
	t.Parallel()
	east, west := twoRegions(t)
	const kind = "novasphere_compute_keypair"
	const public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDPhK8bjAj3N6DpQ3hWkZ4l9YVb0mRrVjV5nRkRk2v9s ops"
	p := acctest.InRegions(t, nil, east.Region("east", nil), west.Region("west", nil))
	moved, said := p.Move(kind, protocol.Source{Type: "openstack_compute_keypair_v2",
		Provider: "registry.terraform.io/terraform-provider-openstack/openstack",
		JSON: []byte(`{"id":"ops","name":"ops","region":"RegionOne","public_key":"` + public +
			`","fingerprint":"9d:fc:c2:6d:ca:d7:7b:d1:4c:12:ce:2b:b1:34:53:bb","user_id":""}`)})
	if len(protocol.Errors(said)) > 0 || moved.Text("region") != "RegionOne" {
		t.Fatalf("the move: %s, %v", moved.State, said)
	}
	config := map[string]any{"name": "ops", "public_key": public}
	waits, said := p.Read(moved)
	if plan := p.Plan(kind, config, waits); len(protocol.Errors(said)) > 0 || waits.Text("region") != "RegionOne" ||
		plan.Action != protocol.Nothing {
		t.Errorf("it does not wait as it was: %s, %v, planned to %s", waits.State, said, plan.Action)
	}
	says(t, p.Plan(kind, inRegion(config, "RegionOne"), waits).Diagnostics, "region", `"RegionOne"`)
	adopted, said := p.Apply(p.Plan(kind, inRegion(config, "west"), waits))
	if len(protocol.Errors(said)) > 0 || !strings.Contains(west.Records(), "ops") || strings.Contains(east.Records(), "ops") {
		t.Errorf("it is not recorded in the region that its configuration names: %s, %v", adopted.State, said)
	}
	bears := acctest.InRegions(t, nil, east.Region("east", nil), west.Region("RegionOne", nil))
	if now, said := bears.Read(waits); len(protocol.Errors(said)) > 0 || bears.Identity(now)["region"] != "RegionOne" {
		t.Errorf("a block bears its region's name, and it is in %v: %v", bears.Identity(now), said)
	}
}

// TestStrangersAreRefused: an object of another region is refused at the attribute that names it, though the vCenter is not asked for it.
func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	east, west := twoRegions(t)
	p := acctest.InRegions(t, nil, east.Region("east", nil), west.Region("west", nil))
	network := p.Bring("novasphere_networking_network", map[string]any{"name": "n", "segments": []any{map[string]any{"segmentation_id": 7}}},
		p.None("novasphere_networking_network"))
	p.Bring("novasphere_compute_keypair", map[string]any{"name": "only-east"}, p.None("novasphere_compute_keypair"))
	subnet := map[string]any{"network_id": network.Text("id"), "cidr": "10.1.0.0/24", "region": "west"}
	says(t, p.Plan("novasphere_networking_subnet", subnet, p.None("novasphere_networking_subnet")).Diagnostics, "network_id",
		network.Text("id"), "region east", "west")
	flavor := p.Bring("novasphere_compute_flavor", map[string]any{"name": "s", "vcpus": 1, "ram": 512, "disk": 20, "region": "west"},
		p.None("novasphere_compute_flavor"))
	instance := map[string]any{"name": "i", "flavor_id": flavor.Text("id"), "image_name": "debian-12", "region": "west",
		"network": []any{map[string]any{"name": "public"}, map[string]any{"uuid": network.Text("id")}}}
	says(t, p.Plan("novasphere_compute_instance", instance, p.None("novasphere_compute_instance")).Diagnostics, "network[1]",
		"network[1].uuid", "region east")
	_, said := p.Query("novasphere_networking_gateway_intent", map[string]any{"router_id": network.Text("id"), "region": "west"})
	says(t, said, "router_id", "region east")
	attach := map[string]any{"instance_id": "b0000000-0000-4000-8000-000000000001", "volume_id": "only-east", "region": "west"}
	says(t, p.Plan("novasphere_compute_volume_attach", attach, p.None("novasphere_compute_volume_attach")).Diagnostics, "volume_id",
		`the region east has "only-east"`)
}

// TestRegionsThatAreNotThere: a region that does not answer fails its own objects alone, and one that nothing uses is not called.
func TestRegionsThatAreNotThere(t *testing.T) {
	t.Parallel()
	east, west := twoRegions(t)
	const kind = "novasphere_compute_keypair"
	config := map[string]any{"name": "ops"}
	all := acctest.InRegions(t, nil, east.Region("east", nil), west.Region("west", nil))
	there := all.Bring(kind, inRegion(config, "west"), all.None(kind))
	east.ResetCalls()
	p := acctest.InRegions(t, nil, east.Region("east", nil), west.Region("west", map[string]any{"vsphere_server": "127.0.0.1:1"}))
	const down = "127.0.0.1:1 cannot be reached"
	says(t, p.Plan(kind, inRegion(config, "west"), p.None(kind)).Diagnostics, "", "Cannot plan compute keypair in the region west", down)
	_, said := p.Read(there)
	says(t, said, "", "in the region west", down)
	says(t, p.PlanDelete(there).Diagnostics, "", "in the region west", down)
	_, said = p.Query("novasphere_compute_flavors", map[string]any{"region": "west"})
	says(t, said, "", "Cannot read compute flavors in the region west", down)
	_, said = p.List(kind, map[string]any{"region": "west"}, 0, false)
	says(t, said, "", "Cannot list compute keypair in the region west", down)
	if calls := east.Calls(); len(calls) > 0 {
		t.Errorf("the region that nothing uses was asked %v", calls)
	}
	here := p.Bring(kind, config, p.None(kind))
	if now, said := p.Read(here); len(said) > 0 || !now.Exists() {
		t.Errorf("the region that is there: %v", said)
	}
	if one, said := p.Query("novasphere_compute_flavors", map[string]any{"region": "east"}); len(protocol.Errors(said)) > 0 {
		t.Errorf("a data source of the region that is there: %v, %v", one, said)
	}
}

// TestRegionBlocks: names are there, are unique and hold no slash, and an argument that a region has wrong is told at its block.
func TestRegionBlocks(t *testing.T) {
	t.Parallel()
	whole := func(name string, more map[string]any) map[string]any {
		out := map[string]any{"name": name, "vsphere_server": "vc", "user": "u", "password": "hidden"}
		maps.Copy(out, more)
		return out
	}
	for name, c := range map[string]struct {
		regions []map[string]any
		own     map[string]any
		says    []string
	}{
		"twice": {regions: []map[string]any{whole("a", nil), whole("a", nil)}, says: []string{`region[1].name: "a"`, "region[0]"}},
		"empty": {regions: []map[string]any{whole("b", nil), whole("", nil)}, says: []string{`region[1].name: ""`}},
		"slash": {regions: []map[string]any{whole("b", nil), whole("a/b", nil)}, says: []string{`region[1].name: "a/b"`}},
		"server": {regions: []map[string]any{whole("a", nil), whole("b", map[string]any{"vsphere_server": "://"})},
			says: []string{`the region "b"`, "vsphere_server"}},
		"contradiction": {regions: []map[string]any{whole("a", nil), whole("b", map[string]any{"routers": "nsx"})},
			says: []string{`the region "b"`, "routers"}},
		"inherited": {regions: []map[string]any{whole("a", map[string]any{"datastore_regex": "x"}), whole("b", map[string]any{
			"previous_instance_uuid": "x"})}, own: map[string]any{"datastore": "one"}, says: []string{`the region "b"`, "previous_instance_uuid"}},
	} {
		settings := map[string]any{"region": acctest.Blocks(c.regions...)}
		maps.Copy(settings, c.own)
		said := protocol.New(t, acctest.Factories["novasphere"]).Configure(settings)
		t.Log(name)
		says(t, said, "region[1]", c.says...)
		if len(said) > 0 && strings.Contains(said[0].Text, "hidden") {
			t.Error("a password is in an error")
		}
	}
}
