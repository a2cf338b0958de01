// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/guest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// mostNICs is how many NICs vSphere allows per VM.
const mostNICs = 10

// plug is one NIC to plug in, or the port of one to take out.
type plug struct {
	openstack.NIC
	network openstack.Network
	out     bool
	asker   context.Context // done when the asker is interrupted
	until   time.Time       // the operation's deadline; zero: none
}

// plugSpec returns the reconfigure that brings the plugs about; empty where nothing is to do.
func plugSpec(vm mo.VirtualMachine, s openstack.Server, plugs []plug) (spec types.VirtualMachineConfigSpec, err error) {
	raw, keys, devices := property.ExtraConfig(vm.Config.ExtraConfig), machine.RecordsOn(vm.Config), vm.Config.Hardware.Device
	record, err := machine.RecordToKeep(keys[machine.RecordKey], s)
	if err != nil {
		return spec, err
	}
	before := record.Text()
	gone := machine.DropRemoved(&record, devices)
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
	if text := record.Text(); text != before || machine.Unfinished(vm) {
		changed := machine.Identified(raw, s.ID, vmspec.PortKeys(raw, machine.PortsIn(keys, record, gone)))
		changed[machine.RecordKey] = text
		if s.Own() { // the guestinfo of any other VM belongs to its maker
			again := machine.Retold(keys, s)
			maps.Copy(keys, again)
			guest, err := guest.Rewired(keys["guestinfo.metadata"], keys["guestinfo.metadata.encoding"],
				cloudInitNICs(s.Properties, leased(record.NICs, plugs)))
			if err != nil {
				return spec, err
			}
			maps.Copy(changed, again)
			maps.Copy(changed, guest)
		}
		spec.ExtraConfig = changed.Options()
	}
	return spec, room(s.Name, devices, spec.DeviceChange)
}

// leased returns the NICs of a record, those plugged in now with what their guest must be told.
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

// card returns a NIC as the instance's image and flavor want it.
func card(s openstack.Server, p plug, index int) (types.BaseVirtualDeviceConfigSpec, error) {
	if s.Flavor.VCPUs == 0 { // a VM that this provider did not make has none recorded
		s.Flavor.VCPUs, s.Flavor.RAM = s.VCPUs, s.RAM
	}
	spec, _, err := vmspec.Desired(vmspec.Instance{ID: s.ID, Name: s.Name, Flavor: s.Flavor, Properties: s.Properties, Clock: s.Clock,
		NICs: []vmspec.NIC{{Network: p.network, Port: p.Port, MAC: p.MAC, SwitchPort: p.SwitchPort, Attachment: p.Attachment}}})
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

// room refuses more NICs than vSphere allows.
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
