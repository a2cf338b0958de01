// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"maps"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// A clone has the extraConfig of its source, and so has a backup restored beside the original. vCenter gives both an instance UUID of
// their own, which tells them from the original: what is recorded on a copy belongs to another instance, and is ignored. A backup
// restored in place of an original that is gone has the original's UUID, and is the instance. Where two VMs of a vCenter have one UUID,
// vCenter changes one of them (VmInstanceUuidConflictEvent).

// idKey holds the id of the instance that a VM's records are about, on a VM without Nova's key: one that this provider did not make.
const idKey = records.Prefix + "id"

// recordedID returns the id of the instance that a VM's records are about; empty where they do not name it.
func recordedID(keys map[string]string) string {
	if id := keys[idKey]; id != "" {
		return strings.ToLower(id)
	}
	return strings.ToLower(keys[vmspec.InstanceKey])
}

// original returns the id of the instance that a VM is a copy of; empty where it is no copy, or its UUID is not known.
func original(keys map[string]string, uuid string) string {
	if id := recordedID(keys); id != "" && uuid != "" && !strings.EqualFold(id, uuid) {
		return id
	}
	return ""
}

// RecordsOn returns a VM's extraConfig without what is about another instance: a copy has neither records nor ports.
func RecordsOn(config *types.VirtualMachineConfigInfo) map[string]string {
	keys, _ := recordsAndOriginal(config)
	return keys
}

// recordsAndOriginal is RecordsOn that also returns the id of the instance that the VM is a copy of; empty where it is no copy.
func recordsAndOriginal(config *types.VirtualMachineConfigInfo) (keys map[string]string, copyOf string) {
	keys = property.ExtraConfig(config.ExtraConfig)
	switch copyOf = original(keys, config.InstanceUuid); {
	case copyOf != "":
		maps.DeleteFunc(keys, func(key, _ string) bool { return aboutInstance(key) })
	// a copy that has become an instance still has the original's key
	case keys[idKey] != "" && !strings.EqualFold(keys[vmspec.InstanceKey], config.InstanceUuid):
		delete(keys, vmspec.InstanceKey)
	}
	return keys, copyOf
}

// aboutInstance reports whether a key is a record of an instance, this provider's or Nova's.
func aboutInstance(key string) bool {
	return strings.HasPrefix(key, records.Prefix) || key == vmspec.InstanceKey || strings.HasPrefix(key, vmspec.PortKey)
}

// Identified returns changed with what must be written along with a VM's first records so that they count for that VM: its id, and the
// removal of what a copy has from its original. have is the VM's present extraConfig.
func Identified(have map[string]string, uuid string, changed map[string]string) records.Diff {
	out := records.Diff{}
	if original(have, uuid) != "" {
		for key := range have {
			if strings.HasPrefix(key, records.Prefix) {
				out[key] = ""
			}
		}
	}
	if !strings.EqualFold(recordedID(have), uuid) {
		out[idKey] = strings.ToLower(uuid)
	}
	maps.Copy(out, changed)
	return out
}
