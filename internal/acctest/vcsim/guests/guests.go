// SPDX-License-Identifier: MPL-2.0

// Package guests simulates the operating systems inside the machines, as far as a vCenter sees them: what they read of guestinfo, which
// addresses they report and when, and what a customization or cloud-init makes of them.
package guests

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// SilentGuest is the key of extraConfig that, set to TRUE, makes a machine one whose guest never reports anything. On a
// template it holds for its clones.
const SilentGuest = "vcsim.guest.silent"

// Guests are the operating systems inside the machines, as far as vCenter sees them: they report addresses once they
// run. Static ones are those that guestinfo.metadata gives to cloud-init, or else a customization to the guest; any other NIC gets
// one of its network's range.
type Guests struct {
	*base.Base
	running  sync.WaitGroup
	DropLive atomic.Bool // what guests are told live is gone with the power
	restarts sync.Map    // how the guests of some machines restart, by the machines

	mu       sync.Mutex
	memories memories
	ranges   map[string]*addressRange
	static   map[nicID]setting
	names    map[types.ManagedObjectReference]string                   // host names that a customization gave
	pending  map[types.ManagedObjectReference]*types.CustomizationSpec // for the next start

	since   map[nicID]time.Time                   // when a NIC came up
	reports map[types.ManagedObjectReference]*int // the last report of each machine
}

// New prepares the guests of a vCenter.
func New(b *base.Base) *Guests {
	return &Guests{
		Base: b, memories: newMemories(), ranges: map[string]*addressRange{}, static: map[nicID]setting{},
		names: map[types.ManagedObjectReference]string{}, pending: map[types.ManagedObjectReference]*types.CustomizationSpec{},
		since: map[nicID]time.Time{}, reports: map[types.ManagedObjectReference]*int{},
	}
}

// Go does what a guest does by itself, until the vCenter stops.
func (g *Guests) Go(do func()) { g.running.Go(do) }

// Wait ends when all that was begun has ended.
func (g *Guests) Wait() { g.running.Wait() }

// NotePower follows a machine's power state.
func (g *Guests) NotePower(ctx *simulator.Context, vm *mo.VirtualMachine) {
	g.forgetBoot(vm.Self)
	g.mu.Lock()
	g.memories.powered(vm)
	g.mu.Unlock()
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		g.takeBackReport(ctx, vm)
		return
	}
	for _, n := range vm.Guest.Net {
		if len(n.IpAddress) > 0 {
			g.remember(nicID{vm.Self, n.DeviceConfigId}, n.IpAddress)
		}
	}
	g.applyCustomization(vm)
	g.report(ctx, vm)
}

// Reboot has a guest start again: it reads its metadata, and reports anew.
func (g *Guests) Reboot(ctx *simulator.Context, vm *mo.VirtualMachine) {
	g.forgetBoot(vm.Self)
	g.readGuestinfo(vm)
	g.report(ctx, vm)
}

// NoteDevices follows NICs that come, go or change their network while the guest runs.
func (g *Guests) NoteDevices(ctx *simulator.Context, vm *mo.VirtualMachine) {
	if vm.Guest == nil || vm.Guest.ToolsRunningStatus != string(types.VirtualMachineToolsRunningStatusGuestToolsRunning) {
		return
	}
	var cards []string
	for _, c := range base.NICs(vm) {
		cards = append(cards, fmt.Sprint(c.Key, strings.ToLower(c.MacAddress), g.networkName(c)))
	}
	var seen []string
	for _, n := range vm.Guest.Net {
		seen = append(seen, fmt.Sprint(n.DeviceConfigId, n.MacAddress, n.Network))
	}
	if !slices.Equal(cards, seen) {
		g.report(ctx, vm)
	}
}

// report is what VMware Tools tells once they run.
func (g *Guests) report(ctx *simulator.Context, vm *mo.VirtualMachine) {
	if strings.EqualFold(base.OptionText(vm.Config.ExtraConfig, SilentGuest), "TRUE") {
		return
	}
	plain := strings.EqualFold(base.OptionText(vm.Config.ExtraConfig, PlainGuest), "TRUE")
	var told metadata
	if !plain {
		told = readMetadata(vm.Config.ExtraConfig)
	}
	late, _ := ParseLate(base.OptionText(vm.Config.ExtraConfig, LateGuest))
	var net []types.GuestNicInfo
	var rest time.Duration // until there is more to report
	for i, c := range base.NICs(vm) {
		n, addresses := g.nic(vm.Self, i, c, told)
		addresses, more := late.addressesDue(i, n.MacAddress, addresses, g.upTime(nicID{vm.Self, c.Key}))
		if more > 0 && (rest == 0 || more < rest) {
			rest = more
		}
		net = append(net, withAddresses(n, addresses))
	}
	g.reportAgain(ctx, vm, rest)
	first := primaryAddress(net, late.v6first)
	host := base.FirstOf(told.hostname, g.hostName(vm.Self), vm.Guest.HostName, "localhost")
	status, running := types.VirtualMachineToolsStatusToolsOk, string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
	ctx.Update(vm, []types.PropertyChange{
		{Name: "guest.net", Val: net},
		{Name: "guest.ipAddress", Val: first},
		{Name: "summary.guest.ipAddress", Val: first},
		{Name: "guest.hostName", Val: host},
		{Name: "summary.guest.hostName", Val: host},
		{Name: "guest.guestState", Val: string(types.VirtualMachineGuestStateRunning)},
		{Name: "guest.toolsStatus", Val: status},
		{Name: "summary.guest.toolsStatus", Val: status},
		{Name: "guest.toolsRunningStatus", Val: running},
		{Name: "summary.guest.toolsRunningStatus", Val: running},
	})
	if !plain {
		noteCloudInit(ctx, vm)
	}
}

// primaryAddress is the address a machine is known by: its first IPv4 one.
func primaryAddress(net []types.GuestNicInfo, orIPv6 bool) string {
	first := ""
	for _, n := range net {
		for _, ip := range n.IpAddress {
			a, err := netip.ParseAddr(ip)
			switch {
			case err != nil:
			case a.Is4():
				return ip
			case orIPv6 && first == "":
				first = ip
			}
		}
	}
	return first
}

// takeBackReport takes back what the guest has told. The NICs stay listed, since the simulator counts them there.
func (g *Guests) takeBackReport(ctx *simulator.Context, vm *mo.VirtualMachine) {
	var net []types.GuestNicInfo
	for _, n := range vm.Guest.Net {
		n.IpAddress, n.IpConfig, n.Connected = nil, nil, false
		net = append(net, n)
	}
	status, stopped := types.VirtualMachineToolsStatusToolsNotRunning, string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning)
	ctx.Update(vm, []types.PropertyChange{
		{Name: "guest.net", Val: net},
		{Name: "guest.ipAddress", Val: ""},
		{Name: "summary.guest.ipAddress", Val: ""},
		{Name: "guest.hostName", Val: ""},
		{Name: "summary.guest.hostName", Val: ""},
		{Name: "guest.guestState", Val: string(types.VirtualMachineGuestStateNotRunning)},
		{Name: "guest.toolsStatus", Val: status},
		{Name: "summary.guest.toolsStatus", Val: status},
		{Name: "guest.toolsRunningStatus", Val: stopped},
		{Name: "summary.guest.toolsRunningStatus", Val: stopped},
	})
}

func (g *Guests) remember(id nicID, addresses []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.static[id] = setting{addresses: slices.Clone(addresses)}
}

// remembered is what a customization gave a NIC, or nil.
func (g *Guests) remembered(id nicID) *setting {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.static[id]
	if !ok {
		return nil
	}
	return &s
}

// NoteRemoved frees what a machine that is gone had.
func (g *Guests) NoteRemoved(vm types.ManagedObjectReference) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range g.ranges {
		for id := range r.leases {
			if id.vm == vm {
				delete(r.leases, id)
			}
		}
	}
	for id := range g.static {
		if id.vm == vm {
			delete(g.static, id)
		}
	}
	for id := range g.since {
		if id.vm == vm {
			delete(g.since, id)
		}
	}
	g.memories.gone(vm)
	delete(g.reports, vm)
	delete(g.names, vm)
	delete(g.pending, vm)
}
