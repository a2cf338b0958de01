package vcenter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/reconfigure"
)

// mostNICs is how many NICs vSphere gives a virtual machine.
const mostNICs = 10

// AttachInterface plugs a NIC into an instance, running or not, and notes it in the instance's record with the same call. The NIC
// has the port, the MAC and the addresses that it comes with, or a port and a MAC of its own. Where it is not known how that ended,
// it comes back with the error, so that the state can keep it.
func (c *Client) AttachInterface(ctx context.Context, server string, network openstack.Network, nic openstack.NIC) (openstack.NIC, error) {
	if nic.MAC == "" {
		nic.Port, nic.MAC = uuid.NewString(), openstack.RandomMAC()
	}
	nic.NetworkID, nic.Plug, nic.Attached = network.ID, plugTo(network), true
	begun, err := c.plug(ctx, server, plug{NIC: nic, network: network})
	nic.NetworkName = network.Name
	if err != nil && !begun {
		return openstack.NIC{}, err
	}
	return nic, err
}

// DetachInterface takes the NIC of a port off an instance. One that is gone is no error, and its record goes all the same.
func (c *Client) DetachInterface(ctx context.Context, server, port string) error {
	_, err := c.plug(ctx, server, plug{NIC: openstack.NIC{Port: port}, out: true})
	return err
}

// Interface reads the NIC that was attached with a port. ErrNotFound where the instance or the NIC is gone, or its device.
func (c *Client) Interface(ctx context.Context, server, port string) (openstack.NIC, error) {
	vm, err := c.socket(server).machine(ctx, serverPaths)
	if err != nil {
		return openstack.NIC{}, err
	}
	s, err := observe(vm)
	if err != nil {
		return openstack.NIC{}, err
	}
	i := slices.IndexFunc(s.NICs, func(n openstack.NIC) bool { return n.Port == port && n.Port != "" })
	switch {
	case i < 0:
		return openstack.NIC{}, openstack.NotFound("the instance %s has no NIC with the port %q", s.Name, port)
	case !s.NICs[i].Attached:
		return openstack.NIC{}, openstack.NotFound("the port %s of the instance %s belongs to one of its own network blocks: it was not attached",
			port, s.Name)
	}
	nic := s.NICs[i]
	if nic.Home == "" {
		return nic, nil
	}
	network, err := c.Networks.Network(ctx, nic.NetworkID, "") // somebody has moved it
	if errors.Is(err, openstack.ErrNotFound) {
		return nic, nil
	}
	nic.NetworkID, nic.NetworkName = network.ID, network.Name
	return nic, err
}

// hasCard says that a machine has a NIC of that address.
func hasCard(devices []types.BaseVirtualDevice, mac string) bool {
	return slices.ContainsFunc(devices, func(device types.BaseVirtualDevice) bool {
		card, ok := device.(types.BaseVirtualEthernetCard)
		return ok && strings.EqualFold(card.GetVirtualEthernetCard().MacAddress, mac)
	})
}

// plug is one NIC to plug in, or the port of one to take out.
type plug struct {
	openstack.NIC
	network openstack.Network
	out     bool
	asker   context.Context // ends with an interrupt
	until   time.Time       // the operation's deadline; zero: none
}

// socket is one instance's side of its interfaces. What is plugged at the same moment goes in one reconfigure.
type socket struct {
	c     *Client
	id    string
	vm    wire.Lookup[ref]
	plugs wire.Batch[plug, struct{}]
}

func (c *Client) socket(id string) *socket {
	id = strings.ToLower(id)
	fresh := &socket{c: c, id: id}
	fresh.plugs.Do, fresh.plugs.Changes = fresh.all, true
	found, _ := c.plugging.LoadOrStore(id, fresh)
	s, _ := found.(*socket)
	return s
}

// machine reads the instance's VM, which is searched once.
func (s *socket) machine(ctx context.Context, paths []string) (mo.VirtualMachine, error) {
	if _, err := uuid.Parse(s.id); err != nil {
		return mo.VirtualMachine{}, notAnID(s.id)
	}
	vm, err := s.vm.Get(func() (ref, error) { return s.c.findUUID(ctx, s.id) })
	if err != nil {
		return mo.VirtualMachine{}, faults.Explain("looking for the instance "+s.id, err)
	}
	return s.c.machine(ctx, ServerKey{ID: s.id, MoRef: vm.Value}, paths)
}

// plug carries one out, and says with an error whether it was begun. An interrupt does not end it, the deadline does.
func (c *Client) plug(ctx context.Context, id string, p plug) (begun bool, err error) {
	if err := openstack.Begin(ctx); err != nil {
		return false, err
	}
	p.asker = openstack.Interrupt(ctx)
	p.until, _ = ctx.Deadline()
	end, stop := openstack.Uninterrupted(ctx)
	defer stop()
	_, err = c.socket(id).plugs.Ask(end, p)
	late := errors.Is(err, context.DeadlineExceeded) && !wire.HeldThroughout(err)
	if err == context.DeadlineExceeded { // nobody has explained it yet
		err = faults.Explain("changing the NICs of the instance "+id, err)
	}
	return late || faults.OutcomeUnknown(err), err
}

// all carries out plugs together, and one by one where the vCenter refuses them together: one may be wrong.
func (s *socket) all(ctx context.Context, plugs []plug) []wire.Outcome[struct{}] {
	err := s.change(ctx, plugs)
	out := wire.AllFailed[struct{}](len(plugs), err)
	if err == nil || len(plugs) == 1 || faults.OutcomeUnknown(err) || errors.Is(err, openstack.ErrNotFound) || wire.HeldThroughout(err) {
		return out
	}
	for i := range plugs {
		out[i].Err = s.change(ctx, plugs[i:i+1])
	}
	return out
}

// change makes the VM have what is plugged in and lack what is taken out. Device and record go in one reconfigure, guarded by
// changeVersion: whoever else changes the record at the same moment is not overwritten, and a reconfigure whose answer was lost
// may be sent again, for only one of the two gets through.
func (s *socket) change(ctx context.Context, plugs []plug) error {
	until := slices.MaxFunc(plugs, func(a, b plug) int { return a.until.Compare(b.until) }).until
	if !until.IsZero() {
		var stop context.CancelFunc
		ctx, stop = context.WithDeadline(ctx, until)
		defer stop()
	}
	ctx, release := awaited(ctx, plugs)
	defer release()
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 0; ; attempt++ {
		vm, err := s.machine(ctx, wholePaths)
		if err != nil {
			return err
		}
		spec, err := plugSpec(vm, plugs)
		if err != nil || reconfigure.Empty(spec) {
			return err
		}
		err = s.c.amend(ctx, &wire.TaskRun{Kind: "ReconfigVM_Task"}, vm, spec)
		if err == nil || attempt == retry.WriteAttempts || !faults.OutcomeUnknown(err) && !faults.Is[*types.ConcurrentAccess](err) ||
			!tries.Wait(ctx) {
			return faults.Explain("changing the NICs of "+vm.Name, err)
		}
	}
}

// awaited is a context in which another task that holds the machine is waited for until the last of those who ask is interrupted.
func awaited(ctx context.Context, plugs []plug) (context.Context, context.CancelFunc) {
	interrupt, stop := context.WithCancel(context.WithoutCancel(ctx))
	var left atomic.Int32
	left.Store(int32(len(plugs)))
	for _, p := range plugs {
		context.AfterFunc(p.asker, func() {
			if left.Add(-1) == 0 {
				stop()
			}
		})
	}
	return wire.WithInterrupt(ctx, interrupt), stop
}

// plugSpec is what must be sent so that the plugs are as wanted; nothing where they are.
func plugSpec(vm mo.VirtualMachine, plugs []plug) (spec types.VirtualMachineConfigSpec, err error) {
	s, err := observe(vm)
	if err != nil {
		return spec, err
	}
	raw, keys, devices := property.ExtraConfig(vm.Config.ExtraConfig), recordedOn(vm.Config), vm.Config.Hardware.Device
	record, err := recordToKeep(keys[serverKey], s)
	if err != nil {
		return spec, err
	}
	before := record.text()
	gone := dropRemoved(&record, devices)
	for _, p := range plugs {
		at := slices.IndexFunc(record.NICs, func(n openstack.NIC) bool { return n.Port == p.Port && n.Attached })
		switch {
		case p.out && at >= 0:
			spec.DeviceChange = append(spec.DeviceChange, hardware.Unplug(devices, record.NICs[at].MAC)...)
			gone, record.NICs = append(gone, p.Port), slices.Delete(record.NICs, at, at+1)
		case !p.out && at < 0:
			card, err := card(s, p, len(spec.DeviceChange))
			if err != nil {
				return spec, err
			}
			spec.DeviceChange, record.NICs = append(spec.DeviceChange, card), append(record.NICs, p.NIC)
		}
	}
	if text := record.text(); text != before || unfinished(vm) {
		changed := identified(raw, s.ID, vmspec.PortKeys(raw, portsOf(keys, record, gone)))
		changed[serverKey] = text
		if s.Own() { // whoever else made the machine tells its guest
			again := retold(keys, s)
			maps.Copy(keys, again)
			told, err := guest.Rewired(keys["guestinfo.metadata"], keys["guestinfo.metadata.encoding"],
				cloudInitNICs(s.Properties, leased(record.NICs, plugs)))
			if err != nil {
				return spec, err
			}
			maps.Copy(changed, again)
			maps.Copy(changed, told)
		}
		spec.ExtraConfig = changed.Options()
	}
	return spec, room(s.Name, devices, spec.DeviceChange)
}

// leased are the NICs of a record, those that are plugged in now with what their guest is to be told.
func leased(nics []openstack.NIC, plugs []plug) []openstack.NIC {
	out := slices.Clone(nics)
	for i := range out {
		for _, p := range plugs {
			if p.MAC == out[i].MAC {
				out[i].Guest = p.Guest
			}
		}
	}
	return out
}

// dropRemoved takes the NICs off a record that were attached and that somebody has removed from the VM since. It gives their ports.
func dropRemoved(record *serverRecord, devices []types.BaseVirtualDevice) (gone []string) {
	record.NICs = slices.DeleteFunc(record.NICs, func(n openstack.NIC) bool {
		removed := n.Attached && !hasCard(devices, n.MAC)
		if removed {
			gone = append(gone, n.Port)
		}
		return removed
	})
	return gone
}

// portsOf are the ports that a VM has: those it knows, whoever noted them, without those that are gone, and those of its record.
func portsOf(keys map[string]string, record serverRecord, gone []string) (ports []string) {
	for _, port := range vmspec.NovaPorts(keys) {
		if !slices.Contains(gone, port) {
			ports = append(ports, port)
		}
	}
	for _, nic := range record.NICs {
		if !slices.Contains(ports, nic.Port) {
			ports = append(ports, nic.Port)
		}
	}
	return ports
}

// recordToKeep is the record of an instance, to be changed in nothing but its NICs. A machine that somebody else made gets one of
// the NICs alone: what it was made from stays open, until it is adopted.
func recordToKeep(text string, s openstack.Server) (r serverRecord, err error) {
	if text == "" {
		return serverRecord{Schema: records.Schema, NICs: s.NICs}, nil
	}
	err = json.Unmarshal([]byte(text), &r) // observe has read it before
	return r, err
}

// card is a NIC as the instance's image and flavor want it.
func card(s openstack.Server, p plug, index int) (types.BaseVirtualDeviceConfigSpec, error) {
	if s.Flavor.VCPUs == 0 { // a machine that somebody else made has none recorded
		s.Flavor.VCPUs, s.Flavor.RAM = s.VCPUs, s.RAM
	}
	spec, _, err := vmspec.Desired(vmspec.Instance{ID: s.ID, Name: s.Name, Flavor: s.Flavor, Properties: s.Properties, Clock: s.Clock,
		NICs: []vmspec.NIC{{Network: p.network, Port: p.Port, MAC: p.MAC, SwitchPort: p.SwitchPort}}})
	if err != nil {
		return nil, openstack.AttributeErrorf("instance_id", "no NIC can be made by what is recorded of the instance %s (flavor %s, image "+
			"%s): %w", s.Name,
			s.Flavor.Name, s.ImageName, err)
	}
	for _, change := range spec.DeviceChange {
		device := change.GetVirtualDeviceConfigSpec().Device
		if _, ok := device.(types.BaseVirtualEthernetCard); ok {
			device.GetVirtualDevice().Key -= int32(index)
			return change, nil
		}
	}
	return nil, fmt.Errorf("no NIC follows from what is recorded of the instance %s", s.Name)
}

// room refuses more NICs than there may be.
func room(name string, devices []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) error {
	count, added := 0, 0
	for _, device := range devices {
		if _, ok := device.(types.BaseVirtualEthernetCard); ok {
			count++
		}
	}
	for _, change := range changes {
		if change.GetVirtualDeviceConfigSpec().Operation == types.VirtualDeviceConfigSpecOperationAdd {
			added++
		} else {
			count--
		}
	}
	if added > 0 && count+added > mostNICs {
		return openstack.AttributeErrorf("instance_id", "the instance %s has %d NICs, and vSphere allows %d: take one off first", name, count,
			mostNICs)
	}
	return nil
}
