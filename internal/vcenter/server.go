package vcenter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/retry"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/reconfigure"
)

// ServerKey names an instance: by its managed object id where it is known, by its instance UUID for sure.
type ServerKey struct{ ID, MoRef string }

var (
	// serverPaths is what a plan reads of each instance.
	serverPaths = []string{"name", "runtime.powerState", "runtime.connectionState", "runtime.cryptoState", "runtime.question", "runtime.host",
		"config.template", "guest.net", "config.instanceUuid", "config.extraConfig",
		"config.hardware", "config.createDate", "config.modified", "config.cpuHotAddEnabled", "config.memoryHotAddEnabled",
		"config.hotPlugMemoryLimit", "config.hotPlugMemoryIncrementSize", "config.guestId", "config.cpuAllocation", "config.memoryAllocation",
		"config.annotation", "config.managedBy", "config.files", "snapshot"}
	// seenPaths is what is read of an instance along with a task, and what shows that it is as the task has left it.
	seenPaths = append(slices.Clone(serverPaths), "config.changeVersion")
	// wholePaths is what a change needs.
	wholePaths = []string{"name", "runtime.powerState", "runtime.connectionState", "runtime.cryptoState", "runtime.question", "runtime.host",
		"resourcePool",
		"guest.net", "guest.toolsRunningStatus", "config", "snapshot"}
)

// ReadServer reads an instance. ErrNotFound where no VM has its UUID any more.
func (c *Client) ReadServer(ctx context.Context, key ServerKey) (openstack.Server, error) {
	vm, err := c.machine(wire.MarkPlanRead(ctx), key, serverPaths)
	if err != nil {
		return openstack.Server{}, err
	}
	return c.located(ctx, vm)
}

// observe reads an instance off its VM, and finds its compute node.
func (c *Client) observe(ctx context.Context, vm mo.VirtualMachine) (openstack.Server, error) {
	vm, err := c.effective(ctx, vm)
	if err != nil {
		return openstack.Server{}, err
	}
	return c.located(ctx, vm)
}

// located is observe of a machine that was read with what is pending for it.
func (c *Client) located(ctx context.Context, vm mo.VirtualMachine) (openstack.Server, error) {
	s, err := observe(vm)
	if err == nil {
		at := c.Inventory.Hosts.Home(ctx, vm.Runtime.Host)
		s.Hypervisor, s.Host = at.Node, at.Host
		s.ActualZone = cmp.Or(c.Inventory.ActualZone(ctx, s.Zone, s.Hypervisor), unbound(s))
		c.match(ctx, &s)
	}
	return s, err
}

// machine reads the VM that has the key's UUID. The managed object id saves the search; a machine that was registered anew
// has another one.
func (c *Client) machine(ctx context.Context, key ServerKey, paths []string) (mo.VirtualMachine, error) {
	act := "reading the instance " + cmp.Or(key.ID, key.MoRef)
	if key.MoRef != "" {
		vm, err := c.shown(ctx, ref{Type: "VirtualMachine", Value: key.MoRef}, paths)
		switch {
		case err == nil && (key.ID == "" || strings.EqualFold(vm.Config.InstanceUuid, key.ID)):
			return c.effective(ctx, vm)
		case err != nil && (!errors.Is(err, openstack.ErrNotFound) || key.ID == ""):
			return vm, faults.Explain(act, err)
		}
	}
	found, err := c.findUUID(ctx, key.ID)
	if err != nil {
		return mo.VirtualMachine{}, faults.Explain(act, err)
	}
	vm, err := c.shown(ctx, found, paths)
	if err != nil {
		return vm, faults.Explain(act, err)
	}
	return c.effective(ctx, vm)
}

// shown reads a VM whose configuration vCenter can show: it cannot while the host is away.
func (c *Client) shown(ctx context.Context, vm ref, paths []string) (mo.VirtualMachine, error) {
	machine, err := wire.Read[mo.VirtualMachine](ctx, c.wire, vm, paths)
	if err == nil && machine.Config == nil {
		err = unshown(machine)
	}
	return machine, err
}

// unshown says why a machine has no configuration: one whose host is connected is still being made.
func unshown(vm mo.VirtualMachine) error {
	remedy := "bring its host back, then try again"
	if vm.Runtime.ConnectionState == types.VirtualMachineConnectionStateConnected {
		remedy = "it is still being cloned or registered; try again once that task has ended"
	}
	return fmt.Errorf("vCenter does not show the configuration of VM %s (connection state %s): %s", vm.Name, vm.Runtime.ConnectionState,
		remedy)
}

func (c *Client) findUUID(ctx context.Context, id string) (ref, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return ref{}, err
	}
	res, err := methods.FindByUuid(ctx, vim, &types.FindByUuid{This: *vim.ServiceContent.SearchIndex, Uuid: id, VmSearch: true,
		InstanceUuid: types.NewBool(true)})
	if err != nil {
		return ref{}, err
	}
	if res.Returnval == nil {
		return ref{}, openstack.NotFound("no VM has the instance UUID %s", id)
	}
	return *res.Returnval, nil
}

// ServerByBIOS finds an instance by its VM's BIOS UUID. Copies of a machine may have the same: the managed object id then decides.
func (c *Client) ServerByBIOS(ctx context.Context, id, moref string) (openstack.Server, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return openstack.Server{}, err
	}
	found, err := methods.FindAllByUuid(ctx, vim, &types.FindAllByUuid{This: *vim.ServiceContent.SearchIndex, Uuid: id, VmSearch: true,
		InstanceUuid: types.NewBool(false)})
	if err != nil {
		return openstack.Server{}, faults.Explain("looking for the BIOS UUID "+id, err)
	}
	all := found.Returnval
	switch i := slices.IndexFunc(all, func(vm ref) bool { return vm.Value == moref }); {
	case i >= 0:
		return c.ReadServer(ctx, ServerKey{MoRef: all[i].Value})
	case len(all) == 0:
		return openstack.Server{}, openstack.NotFound("no VM has the BIOS UUID %s", id)
	case len(all) > 1:
		return openstack.Server{}, fmt.Errorf("%d VMs have the BIOS UUID %s, and none of them is %s: import the instance by its instance UUID "+
			"or its inventory path instead", len(all), id, moref)
	}
	return c.ReadServer(ctx, ServerKey{MoRef: all[0].Value})
}

// FindServer finds an instance to import: by instance UUID, by inventory path, or by managed object id.
func (c *Client) FindServer(ctx context.Context, id string) (openstack.Server, error) {
	if _, err := uuid.Parse(id); err == nil {
		return c.ReadServer(ctx, ServerKey{ID: strings.ToLower(id)})
	}
	if strings.Contains(id, "/") {
		return c.findByInventoryPath(ctx, id)
	}
	server, err := c.ReadServer(ctx, ServerKey{MoRef: id})
	if errors.Is(err, openstack.ErrNotFound) {
		return server, fmt.Errorf("%q is neither an instance UUID, nor an inventory path (/datacenter/vm/folder/name), nor the managed object "+
			"id of a VM: %w", id, err)
	}
	return server, err
}

func (c *Client) findByInventoryPath(ctx context.Context, id string) (openstack.Server, error) {
	dc, err := c.Inventory.Places.Datacenter(ctx)
	if err != nil {
		return openstack.Server{}, err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return openstack.Server{}, err
	}
	full := strings.Trim(id, "/")
	switch after, whole := strings.CutPrefix(full, dc.Path+"/vm/"); {
	case whole:
		full = dc.Kept + "/vm/" + after
	case !strings.HasPrefix(full, dc.Kept+"/vm/"):
		full = dc.Kept + "/vm/" + full
	}
	found, err := wire.FindByPath(ctx, vim, full)
	if err != nil {
		return openstack.Server{}, faults.Explain("looking for "+id, err)
	}
	if found == nil || found.Type != "VirtualMachine" {
		return openstack.Server{}, openstack.NotFound("no VM at the inventory path /%s", full)
	}
	return c.ReadServer(ctx, ServerKey{MoRef: found.Value})
}

// ServerPath is where an instance of that name would be.
func (c *Client) ServerPath(name string) string {
	return c.serverFolder() + "/" + property.EscapeName(name)
}

// serverFolder is the inventory path of the folder that instances are made in.
func (c *Client) serverFolder() string {
	return path.Join("/", c.Inventory.Places.KeptDatacenterPath(), "vm", property.EscapePath(c.Inventory.Places.InstancesPath()))
}

// lateIPv4 is how long an IPv4 address is waited for once the guest has an IPv6 one: router advertisements are faster than DHCP.
const lateIPv4 = 10 * time.Second

// reported says that the instance has the address it is waited for: that of the NIC named for it, or of any.
func reported(s openstack.Server, since time.Time) bool {
	v4, v6 := s.AccessIPv4 != "", s.AccessIPv6 != ""
	for _, nic := range s.NICs {
		if nic.Access {
			v4, v6 = len(nic.IPv4) > 0, len(nic.IPv6) > 0
		}
	}
	return v4 || v6 && time.Since(since) > lateIPv4
}

// WaitForAddress waits until the instance has its access address. It gives the instance as it is when it ends, and
// context.DeadlineExceeded where the guest reported none in time.
func (c *Client) WaitForAddress(ctx context.Context, s openstack.Server, within time.Duration) (openstack.Server, error) {
	start := time.Now()
	if within <= 0 || reported(s, start) || len(s.NICs) == 0 || s.PowerState != openstack.Active {
		return s, nil
	}
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	err := c.wire.Until(ctx, ref{Type: "VirtualMachine", Value: s.MoRef}, []string{"guest.net"},
		func(content types.ObjectContent, found bool) (bool, error) {
			var vm mo.VirtualMachine
			if !found {
				return true, openstack.NotFound("%s went away", s.Name)
			}
			if err := property.Load(content, &vm); err != nil {
				return true, err
			}
			addAddresses(&s, vm)
			return reported(s, start), nil
		})
	if errors.Is(err, context.DeadlineExceeded) && reported(s, time.Time{}) {
		err = nil // one that only has IPv6
	}
	return s, err
}

// WaitForCloudInit waits until the guest says that cloud-init has ended, and gives its word for how: "done", "error" or another.
// context.DeadlineExceeded where it said nothing in time. A guest can write what it likes there: nothing else is made of it.
func (c *Client) WaitForCloudInit(ctx context.Context, s openstack.Server, within time.Duration) (status string, err error) {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	err = c.wire.Until(ctx, ref{Type: "VirtualMachine", Value: s.MoRef}, []string{"config.extraConfig"},
		func(content types.ObjectContent, found bool) (bool, error) {
			var vm mo.VirtualMachine
			if !found {
				return true, openstack.NotFound("%s went away", s.Name)
			}
			if err := property.Load(content, &vm); err != nil || vm.Config == nil {
				return err != nil, err
			}
			status = property.ExtraConfig(vm.Config.ExtraConfig)[guest.EndKey]
			return status != "", nil
		})
	return status, err
}

// owned says that a disk is the machine's own. It lies in its folder; a volume may have been moved there with it, and so does what stands
// for a raw device.
func owned(vm mo.VirtualMachine, disk *types.VirtualDisk) bool {
	home := folderOf(vm.Config.Files.VmPathName)
	return disk.VDiskId == nil && !hardware.Mapped(disk) && folderOf(diskFile(disk)) == home && !volumeOf(vm, disk)
}

// folderOf is the folder in a datastore path, without the datastore: a machine may have files on several.
func folderOf(file string) string {
	_, file, _ = strings.Cut(file, "] ")
	return path.Dir(file)
}

// DeleteServer powers an instance off and destroys it. Disks that do not lie in its own folder, and volumes, are detached first and
// stay; so does what Nova cloned its own disks from.
func (c *Client) DeleteServer(ctx context.Context, key ServerKey, gently bool) error {
	return c.DeleteServerWith(ctx, key, gently, func([]string) {})
}

// DeleteServerWith is DeleteServer, and tells before the machine goes what goes along that is not of the instance, where anything does.
func (c *Client) DeleteServerWith(ctx context.Context, key ServerKey, gently bool, told func(besides []string)) error {
	c.attending.going.Store(strings.ToLower(key.ID), true)
	defer c.attending.going.Delete(strings.ToLower(key.ID))
	ctx, end := c.wire.BeginOperation(ctx)
	defer end()
	var once sync.Once // what is tried again is no news
	tell := func(besides []string) { once.Do(func() { told(besides) }) }
	var clones []string // known to a second look too, when the machine is gone
	var vm ref          // a task that holds it is waited for here: what it has done to the machine is to be seen before that is destroyed
	tries := retry.Backoff{Longest: retry.LongestRace}
	for attempt := 0; ; attempt++ {
		err := c.wire.RetryWhileHeld(ctx, &vm, func() error {
			return retry.Once(func() error { return c.deleteServer(ctx, key, gently, tell, &clones, &vm) })
		})
		if attempt == retry.WriteAttempts || !faults.Is[*types.ConcurrentAccess](err) || !tries.Wait(ctx) {
			return err
		}
	}
}

func (c *Client) deleteServer(ctx context.Context, key ServerKey, gently bool, told func([]string), clones *[]string, on *ref) error {
	vm, err := c.machine(ctx, key, wholePaths)
	*on = vm.Self
	if err == nil && vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		if _, err := novaClones(vm); err != nil { // what cannot be destroyed is not stopped either
			return err
		}
		var off *mo.VirtualMachine
		if off, err = c.stop(ctx, vm, gently); err != nil {
			return err
		}
		// A guest may take a minute to stop, and a disk that somebody has attached since would be destroyed with the machine.
		if off == nil {
			vm, err = c.machine(ctx, key, wholePaths)
		} else {
			vm, err = c.effective(ctx, *off)
		}
	}
	if errors.Is(err, openstack.ErrNotFound) {
		return errors.Join(c.dropClones(ctx, key.ID, *clones), c.dropPending(ctx, key.ID))
	}
	if err != nil {
		return err
	}
	if *clones, err = novaClones(vm); err != nil {
		return err
	}
	if err := c.detach(ctx, vm, *clones); err != nil {
		return err
	}
	if s, err := observe(vm); err == nil && len(s.Besides) > 0 {
		told(s.Besides)
	}
	destroy := func() error { return faults.Explain("destroying "+vm.Name, c.wire.Destroy(ctx, vm.Self)) }
	if err := c.destroyUntied(ctx, vm, destroy); err != nil {
		return c.undestroyed(ctx, vm, *clones, err)
	}
	return errors.Join(c.dropClones(ctx, vm.Name, *clones), c.dropPending(context.WithoutCancel(ctx), instanceID(vm)))
}

// detach takes disks off a machine before it is destroyed, which would delete every disk it has: those that are not its own, and
// clones, whose files are noted on it by the same change, because nothing else knows them then.
func (c *Client) detach(ctx context.Context, vm mo.VirtualMachine, clones []string) error {
	var spec types.VirtualMachineConfigSpec
	for _, disk := range disksOf(vm) {
		if !owned(vm, disk) || slices.Contains(clones, diskFile(disk)) {
			spec.DeviceChange = append(spec.DeviceChange, &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationRemove,
				Device: disk})
		}
	}
	if reconfigure.Empty(spec) {
		return nil
	}
	if len(clones) > 0 {
		spec.ExtraConfig = records.Diff{clonesKey: clonesText(clones)}.Options()
	}
	spec.ChangeVersion = vm.Config.ChangeVersion // a task that held the machine may have made other files of its disks
	return c.wire.Reconfigure(ctx, vm.Self, vm.Name, spec)
}
