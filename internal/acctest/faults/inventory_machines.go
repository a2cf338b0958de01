// SPDX-License-Identifier: MPL-2.0

package faults

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"unicode/utf8"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
)

// machines adds VMs, their devices and records.
func (l *look) machines() {
	var all []mo.VirtualMachine
	l.all("VirtualMachine", []string{"config", "runtime.powerState"}, &all)
	for _, vm := range all {
		at := l.names[vm.Self]
		if vm.Config == nil {
			l.say("machine %s without a configuration", at)
			continue
		}
		c := vm.Config
		l.say("machine %s %s template=%v %d vCPUs %d MB version %s guest %s %s", at, vm.Runtime.PowerState, c.Template, c.Hardware.NumCPU,
			c.Hardware.MemoryMB,
			c.Version, c.GuestId, text([]any{c.Annotation, c.CpuAllocation, c.MemoryAllocation, c.VAppConfig}))
		for key, value := range acctest.Extra(vm) {
			l.say("record %s %s = %s", at, key, plain(value))
		}
		for _, d := range c.Hardware.Device {
			l.device(at, d)
		}
	}
}

// plain decodes a value from base64, in which guestinfo is written.
func plain(value string) string {
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(raw) == 0 {
		return value
	}
	if unzipped, err := gzip.NewReader(bytes.NewReader(raw)); err == nil {
		if raw, err = io.ReadAll(unzipped); err != nil {
			return value
		}
	}
	if !utf8.Valid(raw) {
		return value
	}
	return string(raw)
}

func (l *look) device(at string, d types.BaseVirtualDevice) {
	switch device := d.(type) {
	case *types.VirtualDisk:
		l.say("disk %s %d KiB %s", at, device.CapacityInKB, text(device.Backing))
	case types.BaseVirtualEthernetCard:
		card := device.GetVirtualEthernetCard()
		plug := text(card.Backing)
		if b, is := card.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); is {
			plug = b.Port.PortgroupKey
		}
		l.say("NIC %s %T %q %s", at, d, card.ExternalId, plug)
	case *types.VirtualCdrom:
		l.say("CD-ROM %s %s", at, text(device.Backing))
	default:
		l.say("device %s %T", at, d)
	}
}
