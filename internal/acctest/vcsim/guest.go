package vcsim

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
)

// SilentGuest is the key of extraConfig that, set to TRUE, makes a machine one whose guest never reports anything. On a
// template it holds for its clones.
const SilentGuest = "vcsim.guest.silent"

// guests are the operating systems inside the machines, as far as vCenter sees them: they report addresses once they
// run. Static ones are those that guestinfo.metadata gives to cloud-init, or else a customization to the guest; any other NIC gets
// one of its network's range.
type guests struct {
	*base
	running  sync.WaitGroup
	dropping atomic.Bool // what guests are told live is gone with the power

	mu       sync.Mutex
	memories memories
	ranges   map[string]*addressRange
	static   map[nicID]setting
	names    map[types.ManagedObjectReference]string                   // host names that a customization gave
	pending  map[types.ManagedObjectReference]*types.CustomizationSpec // for the next start

	since   map[nicID]time.Time                   // when a NIC came up
	reports map[types.ManagedObjectReference]*int // the last report of each machine
}

// nicID is one NIC of one machine.
type nicID struct {
	vm  types.ManagedObjectReference
	key int32
}

// addressRange is what the DHCP server of a network hands out.
type addressRange struct {
	number int
	leases map[nicID]int // the n-th address
}

const (
	firstHost     = 10
	hostsPerBlock = 241 // up to 250
	blocks        = 9
)

func newGuests(b *base) *guests {
	return &guests{
		base:     b,
		memories: newMemories(),
		ranges:   map[string]*addressRange{}, static: map[nicID]setting{},
		names: map[types.ManagedObjectReference]string{}, pending: map[types.ManagedObjectReference]*types.CustomizationSpec{},
		since: map[nicID]time.Time{}, reports: map[types.ManagedObjectReference]*int{},
	}
}

// run does what a guest does by itself, until the vCenter stops.
func (g *guests) run(do func()) { g.running.Go(do) }

// wait ends when all that was begun has ended.
func (g *guests) wait() { g.running.Wait() }

// powered follows a machine's power state.
func (g *guests) powered(ctx *simulator.Context, vm *mo.VirtualMachine) {
	g.boot(vm.Self)
	g.mu.Lock()
	g.memories.powered(vm)
	g.mu.Unlock()
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		g.silence(ctx, vm)
		return
	}
	for _, n := range vm.Guest.Net {
		if len(n.IpAddress) > 0 {
			g.remember(nicID{vm.Self, n.DeviceConfigId}, n.IpAddress)
		}
	}
	g.customized(vm)
	g.report(ctx, vm)
}

// reboot has a guest start again: it reads its metadata, and reports anew.
func (g *guests) reboot(ctx *simulator.Context, vm *mo.VirtualMachine) {
	g.boot(vm.Self)
	g.reads(vm)
	g.report(ctx, vm)
}

// rewired follows NICs that come, go or change their network while the guest runs.
func (g *guests) rewired(ctx *simulator.Context, vm *mo.VirtualMachine) {
	if vm.Guest == nil || vm.Guest.ToolsRunningStatus != string(types.VirtualMachineToolsRunningStatusGuestToolsRunning) {
		return
	}
	var cards []string
	for _, c := range nics(vm) {
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
func (g *guests) report(ctx *simulator.Context, vm *mo.VirtualMachine) {
	if strings.EqualFold(text(vm.Config.ExtraConfig, SilentGuest), "TRUE") {
		return
	}
	plain := strings.EqualFold(text(vm.Config.ExtraConfig, PlainGuest), "TRUE")
	var told metadata
	if !plain {
		told = readMetadata(vm.Config.ExtraConfig)
	}
	late, _ := parseLate(text(vm.Config.ExtraConfig, LateGuest))
	var net []types.GuestNicInfo
	var rest time.Duration // until there is more to report
	for i, c := range nics(vm) {
		n, addresses := g.nic(vm.Self, i, c, told)
		addresses, more := late.due(i, n.MacAddress, addresses, g.up(nicID{vm.Self, c.Key}))
		if more > 0 && (rest == 0 || more < rest) {
			rest = more
		}
		net = append(net, configured(n, addresses))
	}
	g.reportAgain(ctx, vm, rest)
	first := primary(net, late.v6first)
	host := firstOf(told.hostname, g.hostName(vm.Self), vm.Guest.HostName, "localhost")
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
		ended(ctx, vm)
	}
}

// primary is the address a machine is known by: its first IPv4 one.
func primary(net []types.GuestNicInfo, orIPv6 bool) string {
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

// silence takes back what the guest has told. The NICs stay listed, since the simulator counts them there.
func (g *guests) silence(ctx *simulator.Context, vm *mo.VirtualMachine) {
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

// nic is what the guest says of one of its interfaces, and the addresses it has there.
func (g *guests) nic(vm types.ManagedObjectReference, i int, c *types.VirtualEthernetCard, told metadata) (types.GuestNicInfo, []string) {
	id := nicID{vm, c.Key}
	n := types.GuestNicInfo{
		Network: g.networkName(c), MacAddress: strings.ToLower(c.MacAddress), DeviceConfigId: c.Key,
		Connected: c.Connectable == nil || c.Connectable.Connected,
	}
	var addresses []string
	switch e := told.ethernet(i, c.MacAddress); {
	case !n.Connected:
	case e != nil:
		addresses = e.Addresses
		if len(e.Nameservers.Addresses) > 0 {
			n.DnsConfig = &types.NetDnsConfigInfo{
				HostName: told.hostname, IpAddress: e.Nameservers.Addresses, SearchDomain: e.Nameservers.Search,
			}
		}
		if e.DHCP4 {
			addresses = append(slices.Clip(addresses), g.lease(id, networkKey(c))...)
		}
	case told.configured: // a network configuration that leaves this NIC out
	case g.remembered(id) != nil:
		s := g.remembered(id)
		addresses = s.addresses
		if s.asks {
			addresses = append(slices.Clip(addresses), g.lease(id, networkKey(c))...)
		}
		if len(s.dns)+len(s.search) > 0 {
			n.DnsConfig = &types.NetDnsConfigInfo{HostName: g.hostName(vm), IpAddress: s.dns, SearchDomain: s.search}
		}
	default:
		addresses = g.lease(id, networkKey(c))
	}
	return n, addresses
}

// configured is an interface with its addresses.
func configured(n types.GuestNicInfo, addresses []string) types.GuestNicInfo {
	for _, a := range addresses {
		address, prefix := split(a)
		n.IpAddress = append(n.IpAddress, address)
		if n.IpConfig == nil {
			n.IpConfig = &types.NetIpConfigInfo{}
		}
		n.IpConfig.IpAddress = append(n.IpConfig.IpAddress, types.NetIpConfigInfoIpAddress{
			IpAddress: address, PrefixLength: prefix, State: string(types.NetIpConfigInfoIpAddressStatusPreferred),
		})
	}
	return n
}

// split gives an address and the length of its prefix, 0 if it has none.
func split(address string) (string, int32) {
	if p, err := netip.ParsePrefix(address); err == nil {
		return p.Addr().String(), int32(p.Bits())
	}
	return address, 0
}

func (g *guests) networkName(c *types.VirtualEthernetCard) string {
	key := networkKey(c)
	ref := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: key}
	if pg, ok := g.registry.Get(ref).(*simulator.DistributedVirtualPortgroup); ok {
		return pg.Name
	}
	return key
}

// lease gives a NIC the address it has on a network: always the same, and one that no other NIC has. A range that is
// used up gives nothing, like a DHCP server's.
func (g *guests) lease(id nicID, network string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.ranges[network]
	if r == nil {
		n := len(g.ranges) + 1
		r = &addressRange{number: n, leases: map[nicID]int{}}
		g.ranges[network] = r
	}
	if host, ok := r.leases[id]; ok {
		return []string{r.address(host)}
	}
	used := map[int]bool{}
	for _, host := range r.leases {
		used[host] = true
	}
	for host := range hostsPerBlock * blocks {
		if !used[host] {
			r.leases[id] = host
			return []string{r.address(host)}
		}
	}
	return nil
}

// address is the n-th of a range, which has room for two thousand: 10.0.1.10, and after 10.0.1.250 comes 10.16.1.10.
func (r *addressRange) address(n int) string {
	return fmt.Sprintf("10.%d.%d.%d/24", r.number/256+16*(n/hostsPerBlock), r.number%256, firstHost+n%hostsPerBlock)
}

func (g *guests) remember(id nicID, addresses []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.static[id] = setting{addresses: slices.Clone(addresses)}
}

// remembered is what a customization gave a NIC, or nil.
func (g *guests) remembered(id nicID) *setting {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, ok := g.static[id]
	if !ok {
		return nil
	}
	return &s
}

// release frees what a machine that is gone had.
func (g *guests) release(vm types.ManagedObjectReference) {
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
