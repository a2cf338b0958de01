// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// wholeConfiguration makes one object of each noun, and a cluster and a NIC: resources that wrap the common life cycle or do without it
// are among them.
func wholeConfiguration(t *testing.T, vc *acctest.VCenter) (made []protocol.Object, configs []map[string]any) {
	t.Helper()
	ids := map[string]string{}
	all := append(slices.Clone(nouns),
		noun{kind: "compute_volume_attach", config: func(ids map[string]string) map[string]any {
			return map[string]any{"instance_id": ids["compute_instance"], "volume_id": ids["blockstorage_volume"]}
		}},
		noun{kind: "compute_cluster", config: plain(map[string]any{"name": "second"})},
		noun{kind: "compute_interface_attach", config: func(ids map[string]string) map[string]any {
			return map[string]any{"instance_id": ids["compute_instance"], "network_id": ids["networking_network"]}
		}})
	for _, n := range all {
		p := vc.Provider(t, map[string]any{"security_groups": "dvs"})
		config := n.config(ids)
		one := p.Bring("novasphere_"+n.kind, config, p.None("novasphere_"+n.kind))
		ids[n.kind] = one.Text("id")
		made, configs = append(made, one), append(configs, config)
	}
	return made, configs
}

// remembers reports whether an object's private state has a vCenter's UUID.
func remembers(o protocol.Object, vcenter string) bool {
	var private map[string][]byte
	return json.Unmarshal(o.Private, &private) == nil && string(private["vcenter"]) == `"`+vcenter+`"`
}

// TestAnotherVCenterIsRefused uses states with another vCenter than theirs: plan, refresh, apply and destroy are refused, and nothing is
// touched, although ids of the one vCenter exist in the other.
func TestAnotherVCenterIsRefused(t *testing.T) {
	t.Parallel()
	old, other := acctest.Start(t, vcsim.Options{}), acctest.Start(t, vcsim.Options{})
	made, configs := wholeConfiguration(t, old)
	wholeConfiguration(t, other)
	was, is := old.Client().ServiceContent.About.InstanceUuid, other.Client().ServiceContent.About.InstanceUuid
	before, machines := other.Records(), len(other.VMs("OpenStack/*"))
	p := other.Provider(t, map[string]any{"security_groups": "dvs"})
	refused := func(what string, o protocol.Object, said []protocol.Diagnostic) {
		t.Helper()
		errors := protocol.Errors(said)
		if len(errors) != 1 {
			t.Errorf("%s of %s: %v", what, o.Type, errors)
			return
		}
		for _, part := range []string{was, is, other.Server(), "previous_instance_uuid"} {
			if !strings.Contains(errors[0].Text, part) {
				t.Errorf("%s of %s: %q is not in %s", what, o.Type, part, errors[0].Text)
			}
		}
	}
	for i, o := range made {
		_, said := p.Read(o)
		refused("read", o, said)
		refused("plan", o, p.Plan(o.Type, configs[i], o).Diagnostics)
		refused("plan of a replacement", o, p.Plan(o.Type, configs[i],
			protocol.Object{Type: o.Type, State: p.None(o.Type).State, Private: o.Private}).Diagnostics)
		refused("plan to destroy", o, p.PlanDelete(o).Diagnostics)
		left, said := p.Apply(protocol.Plan{Type: o.Type, Action: protocol.Delete, Prior: o, Config: tftypes.NewValue(o.State.Type(), nil),
			Planned: tftypes.NewValue(o.State.Type(), nil), Private: o.Private})
		refused("destroy", o, said)
		if !left.Exists() {
			t.Errorf("%s has left the state", o.Type)
		}
		_, said = p.Apply(protocol.Plan{Type: o.Type, Action: protocol.Update, Prior: o, Config: o.State, Planned: o.State, Private: o.Private})
		refused("update", o, said)
	}
	if now := len(other.VMs("OpenStack/*")); now != machines || other.Records() != before {
		t.Errorf("%d machines are %d now, or records have changed", machines, now)
	}
	if old.Records() == "" {
		t.Error("the first vCenter has lost its records")
	}
}

// TestVCenterBuiltAnew configures the provider to replace a former vCenter. An object that the new vCenter lacks is planned anew, an
// object of another name under the same id is not taken for the state's, a present one is accepted from then on, and nothing is planned
// or destroyed before it was read.
func TestVCenterBuiltAnew(t *testing.T) {
	t.Parallel()
	old, anew := acctest.Start(t, vcsim.Options{}), acctest.Start(t, vcsim.Options{})
	made, configs := wholeConfiguration(t, old)
	was, is := old.Client().ServiceContent.About.InstanceUuid, anew.Client().ServiceContent.About.InstanceUuid
	p := anew.Provider(t, map[string]any{"security_groups": "dvs", "previous_instance_uuid": strings.ToUpper(was)})
	other := p.Bring("novasphere_networking_network", map[string]any{"name": "somebody-elses",
		"segments": []any{map[string]any{"segmentation_id": 7}}}, p.None("novasphere_networking_network"))
	for i, o := range made {
		if !remembers(o, was) {
			t.Errorf("%s does not remember its vCenter: %s", o.Type, o.Private)
		}
		if said := p.Plan(o.Type, configs[i], o).Errors(); len(said) != 1 || !strings.Contains(said[0].Text, "leave -refresh=false out") {
			t.Errorf("plan of %s that was not read: %v", o.Type, said)
		}
		if said := p.PlanDelete(o).Diagnostics; len(protocol.Errors(said)) != 1 || !strings.Contains(said[0].Text, "leave -refresh=false out") {
			t.Errorf("plan to destroy %s that was not read: %v", o.Type, said)
		}
		if o.Type == other.Type { // managed object ids are counters: the two vCenters use the same one for different objects
			values := o.Attributes()
			values["id"] = other.Attributes()["id"]
			o.State = tftypes.NewValue(o.State.Type(), values)
		}
		if now, said := p.Read(o); len(protocol.Errors(said)) > 0 || now.Exists() {
			t.Errorf("%s is said to be in the new vCenter: %v", o.Type, said)
		}
	}
	again := p.Bring(made[1].Type, configs[1], p.None(made[1].Type))
	now, said := p.Read(made[1])
	if len(protocol.Errors(said)) > 0 || !now.Exists() || !remembers(now, is) || !remembers(again, is) {
		t.Errorf("what the new vCenter has is not taken: %s, %v", now.Private, said)
	}
	without := anew.Provider(t, nil)
	if _, said := without.Read(now); len(protocol.Errors(said)) > 0 {
		t.Errorf("the state needs the argument still: %v", said)
	}
}

// TestStateWithoutVCenter reads states that name no vCenter, as older releases wrote them, and one of a vCenter that now has another
// address and another certificate: both work, and the former record their vCenter from then on.
func TestStateWithoutVCenter(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	key := p.Bring("novasphere_compute_keypair", map[string]any{"name": "old"}, p.None("novasphere_compute_keypair"))
	old := key
	old.Private = nil
	now, said := p.Read(old)
	if len(said) > 0 || !remembers(now, vc.Client().ServiceContent.About.InstanceUuid) {
		t.Errorf("after its first read the state remembers %s: %v", now.Private, said)
	}
	wire := vc.Wire(t)
	elsewhere := vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	if same, said := elsewhere.Read(now); len(said) > 0 || !same.Exists() {
		t.Errorf("at another address: %v", said)
	}
	elsewhere.Destroy(now)
}
