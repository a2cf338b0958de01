package instance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
)

// placementState is where an instance is, and was asked to be, beside what its state shows.
type placementState struct {
	Zone      string   `json:"zone,omitempty"`  // as recorded on the machine
	Node      string   `json:"node,omitempty"`  // the compute node that it is on
	Host      string   `json:"host,omitempty"`  // the ESX host
	Home      string   `json:"home,omitempty"`  // the compute node that it was on when it was last asked to be somewhere
	Asked     string   `json:"asked,omitempty"` // hypervisor_hostname at that time
	Datastore string   `json:"datastore,omitempty"`
	Networks  []string `json:"networks,omitempty"` // of all its NICs
}

func placementStateOf(s openstack.Server) placementState {
	w := placementState{Node: s.Hypervisor, Host: s.Host, Datastore: s.Datastore}
	if s.ImageID != "" || s.ImageName != "" { // else nothing is recorded
		w.Zone = zoneOr(s.Zone)
	}
	for _, nic := range s.NICs {
		if !slices.Contains(w.Networks, nic.NetworkID) {
			w.Networks = append(w.Networks, nic.NetworkID)
		}
	}
	return w
}

// zoneOr is a zone's name; where none is said it is the default one.
func zoneOr(zone string) string {
	if zone == "" {
		return inventory.DefaultZone
	}
	return zone
}

// asked notes where the instance was asked to be. One that an apply leaves where somebody moved it is still asked to be where it was.
func (a privateState) asked(now instanceModel, had privateState) privateState {
	a.At.Asked, a.At.Home = now.Hypervisor.ValueString(), a.At.Node
	if had.At.Home != "" && had.At.Home != a.At.Node && strings.EqualFold(had.At.Asked, a.At.Asked) {
		a.At.Home = had.At.Home
	}
	return a
}

// showRequestedNode shows the compute node as it is written while the instance is in that cluster, and where it is once it has left it.
func (m instanceModel) showRequestedNode(at *placementState) instanceModel {
	switch {
	case at.Node == "":
	case at.Home == "": // an import, or a state from before this was remembered
		if !strings.EqualFold(m.Hypervisor.ValueString(), at.Host) {
			m.Hypervisor = crud.Written(m.Hypervisor, at.Node)
		}
		at.Home, at.Asked = at.Node, m.Hypervisor.ValueString()
	case at.Asked == "": // an empty string is written
	case at.Home != at.Node:
		m.Hypervisor = types.StringValue(at.Node)
	default:
		m.Hypervisor = types.StringValue(at.Asked)
	}
	return m
}

// sameText compares zones: the zone, and the host if one is named.
func sameText(a, b string) bool {
	zone, host := inventory.SplitZone(a)
	other, on := inventory.SplitZone(b)
	return zone == other && strings.EqualFold(host, on)
}

// sameNode says that the compute node is the one that the instance is on, or was asked to be on: DRS may have moved it since.
func sameNode(p *planning) bool {
	to := p.plan.Hypervisor.ValueString()
	return to == "" || strings.EqualFold(to, p.state.Hypervisor.ValueString()) || strings.EqualFold(to, p.private.At.Node) ||
		strings.EqualFold(to, p.private.At.Host)
}

// movesZone says that another zone moves the instance. One that is only to be where it was asked to be, and was moved away by somebody, is
// never made anew for that.
func movesZone(p *planning) bool {
	recorded := p.private.At.Zone
	return p.plan.LiveMigration.ValueBool() || recorded != "" && sameText(p.plan.Zone.ValueString(), recorded) &&
		!sameText(p.state.Zone.ValueString(), recorded)
}

// movesNode is movesZone for the compute node.
func movesNode(p *planning) bool {
	asked := p.private.At.Asked
	return p.plan.LiveMigration.ValueBool() || asked != "" && strings.EqualFold(p.plan.Hypervisor.ValueString(), asked) &&
		p.private.At.Home != p.private.At.Node
}

// moves says that an update brings the instance elsewhere.
func moves(plan, state instanceModel) bool {
	return plan.LiveMigration.ValueBool() && (!sameText(plan.Zone.ValueString(), state.Zone.ValueString()) ||
		plan.Hypervisor.ValueString() != "" && !plan.Hypervisor.Equal(state.Hypervisor))
}

// zoneWritten says that the configuration names a zone, known yet or not.
func (p *planning) zoneWritten() bool {
	return p.config.Zone.IsUnknown() || p.config.Zone.ValueString() != "" || p.config.ZoneHints.IsUnknown() ||
		p.config.ZoneHints.ValueString() != ""
}

// planWhere settles the zone where only the compute node is written, and refuses two that contradict each other.
func (p *planning) planWhere(ctx context.Context) error {
	if p.state != nil && !p.zoneWritten() && inventory.InNoZone(p.plan.Zone.ValueString()) && p.private.At.Zone != "" {
		p.plan.Zone = types.StringValue(p.private.At.Zone)
	}
	node := p.config.Hypervisor
	if !p.zoneWritten() && (node.IsUnknown() || p.client == nil && node.ValueString() != "") {
		p.plan.Zone = types.StringUnknown() // it follows once that is known
		return nil
	}
	if p.client == nil || !crud.Known(node, p.plan.Zone) || node.ValueString() == "" || p.state != nil &&
		node.Equal(p.state.Hypervisor) && p.plan.Zone.Equal(p.state.Zone) {
		return nil
	}
	if p.zoneWritten() {
		return p.client.Inventory.CheckNode(ctx, p.zone(), node.ValueString())
	}
	preferred := ""
	if p.state != nil {
		preferred = p.private.At.Zone
	}
	zone, err := p.client.Inventory.ZoneOfNode(ctx, node.ValueString(), preferred)
	if err == nil {
		p.plan.Zone = types.StringValue(zone)
	}
	if zone == "" && err == nil { // of a host that is planned, too
		p.plan.Zone = types.StringUnknown()
	}
	return err
}

// warnMaintenance says that the host on which the instance is to be is put into maintenance by the same plan.
func (p *planning) warnMaintenance(ctx context.Context) {
	at, host := "hypervisor_hostname", p.config.Hypervisor.ValueString()
	if host == "" {
		at = "availability_zone"
		_, host = inventory.SplitZone(p.zone())
	}
	if host != "" && p.client.Planned.Nodes.WillRest(host) {
		crud.WarnAt(ctx, path.Root(at), "The host of the instance will be disabled", fmt.Sprintf(
			"%s: the same plan puts the ESX host %s into maintenance, where it takes no instances: %s is made there only if that comes first, "+
				"and is moved away or stops it. Write another host, or leave it to vCenter", at, host, p.plan.Name.ValueString()))
	}
}

// planMove plans where an instance goes that exists, and says how.
func (p *planning) planMove(ctx context.Context) error {
	if p.moving == "" {
		p.planRecord(ctx)
		return nil
	}
	name, at := p.state.Name.ValueString(), path.Root(p.moving)
	if !p.plan.LiveMigration.ValueBool() {
		crud.WarnAt(ctx, at, "The instance is elsewhere, and stays there", fmt.Sprintf(
			"%s: somebody moved %s to %s, and it was asked to be in %s. Nothing is changed on it. Write where it is to keep it there, or "+
				"allow_live_migration = true to have it moved back", at, name, p.from(), p.to()))
		return nil
	}
	p.plan.Host = types.StringUnknown()
	if p.config.Hypervisor.ValueString() == "" && !p.config.Hypervisor.IsUnknown() && !crud.WrittenEmpty(p.config.Hypervisor) {
		p.plan.Hypervisor = types.StringUnknown()
	}
	if p.client == nil || !crud.Known(p.plan.Zone) || p.config.Hypervisor.IsUnknown() {
		return nil
	}
	flavor := p.private.Flavor
	if target := targetFlavor(flavor, p.flavor, p.sameFlavor()); target != nil {
		flavor = *target
	}
	move, err := p.client.PlanMove(ctx, p.specs, p.whole(), flavor, p.zone(), p.config.Hypervisor.ValueString())
	if err != nil {
		return err
	}
	if err := p.movable(move); err != nil {
		return err
	}
	if p.plan.Hypervisor.IsUnknown() {
		p.plan.Hypervisor = types.StringValue(move.Node)
	}
	p.warnMove(ctx, move)
	p.warnMaintenance(ctx)
	return nil
}

// movable refuses to move an instance away from those that rules of its cluster bind it to: they would be left behind. A rule about
// hosts goes along.
func (p *planning) movable(move vcenter.Move) error {
	hints := hintsOf(*p.state)
	if move.Node == p.private.At.Node || hints.Empty() {
		return nil
	}
	why := "its scheduler_hints (different_host, same_host) are rules of the cluster that it is on, which is not that of the zone"
	if hints.Group != "" {
		why = "it is a member of the server group " + hints.Group + ", and a group is of one cluster, which is not that of the zone"
	}
	return openstack.AttributeErrorf(p.moving, "%s cannot be moved to %s: %s. Set allow_live_migration = false to have it made anew there",
		p.state.Name.ValueString(), move.To, why)
}

// whole is the instance as far as it is known without asking.
func (p *planning) whole() openstack.Server {
	s := openstack.Server{ServerSpec: openstack.ServerSpec{Name: p.state.Name.ValueString(), PowerState: p.state.power(),
		ConfigDrive: p.state.ConfigDrive.ValueBool(), Flavor: p.private.Flavor, Properties: p.private.Properties},
		ServerStatus: openstack.ServerStatus{Datastore: p.private.At.Datastore}}
	for _, network := range p.private.At.Networks {
		s.NICs = append(s.NICs, openstack.NIC{NetworkID: network})
	}
	return s
}

// from and to are where the instance is and is to be, for people.
func (p *planning) from() string {
	return fmt.Sprintf("%s (host %s)", p.state.Zone.ValueString(), p.state.Host.ValueString())
}

func (p *planning) to() string {
	if p.moving == "hypervisor_hostname" {
		return fmt.Sprintf("%s (%s)", p.zone(), p.plan.Hypervisor.ValueString())
	}
	return p.zone()
}

func (p *planning) warnMove(ctx context.Context, move vcenter.Move) {
	summary, how := "The instance will be moved live", "by vMotion: it keeps running"
	switch {
	case move.Node == p.private.At.Node && (move.Host == "" || strings.EqualFold(move.Host, p.private.At.Host)) && !move.Away:
		summary, how = "The instance stays on its host", "without leaving its host"
	case p.state.power() != openstack.Active:
		summary, how = "The instance will be moved while it does not run", "and is not started for it"
	}
	if move.Away {
		how += fmt.Sprintf(". Its disks go from the datastore %s to one of the zone's, which takes as long as copying them",
			p.private.At.Datastore)
	}
	_, was := inventory.SplitZone(p.state.Zone.ValueString())
	switch _, binds := inventory.SplitZone(p.zone()); {
	case binds != "":
		how += ". A mandatory rule of the cluster binds it to the host " + binds + " from then on"
	case was != "":
		how += ". The rule that binds it to the host " + was + " lets it go"
	}
	crud.WarnAt(ctx, path.Root(p.moving), summary, fmt.Sprintf("%s goes from %s to %s, %s. It keeps its UUID, its NICs with their "+
		"addresses, and its files", p.state.Name.ValueString(), p.from(), move.To, how))
}

// warnReplaced says that another place means another instance.
func (p *planning) warnReplaced(ctx context.Context) {
	warnBesides(ctx, p.state.Name.ValueString(), p.private.Besides)
	for _, argument := range []string{"availability_zone", "hypervisor_hostname"} {
		if !p.replaced.Contains(path.Root(argument)) {
			continue
		}
		p.moving = argument
		crud.WarnAt(ctx, path.Root(argument), "The instance will be replaced to be elsewhere", fmt.Sprintf(
			"%s is in %s. It is destroyed with its disks, and another one is made in %s. allow_live_migration = true moves it instead",
			p.state.Name.ValueString(), p.from(), p.to()))
		return
	}
}

// planRecord has the zone's record put right of an instance that is where it is to be already, though the record does not say so: an
// apply ended between the move and the record, or somebody moved it and the configuration follows.
func (p *planning) planRecord(ctx context.Context) {
	recorded := p.private.At.Zone
	if recorded == "" || p.adopts() || !crud.Known(p.plan.Zone) || sameText(p.zone(), recorded) ||
		!sameText(p.zone(), p.state.Zone.ValueString()) {
		return
	}
	p.rerecord = true
	crud.WarnAt(ctx, path.Root("availability_zone"), "The instance is there already", fmt.Sprintf(
		"%s is in %s, and its record says %s. Only the record is changed: nothing moves", p.state.Name.ValueString(), p.zone(), recorded))
}
