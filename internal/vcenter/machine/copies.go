package machine

import (
	"maps"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// A clone has the extraConfig of its source, and so has a backup that is restored beside the original. vCenter gives both an instance UUID
// of their own, which tells them from the original: what is written on a copy is another instance's, and counts for nothing. A backup that
// is restored in the place of an original that is gone has the original's UUID, and is the instance. Where two have one UUID in a vCenter,
// the vCenter changes one of them (VmInstanceUuidConflictEvent).

// idKey is where a machine says which instance its records are about, where Nova's key does not: on one that somebody else made.
const idKey = records.Prefix + "id"

// recordedID is the instance that the records on a machine are about; empty where it does not say.
func recordedID(keys map[string]string) string {
	if id := keys[idKey]; id != "" {
		return strings.ToLower(id)
	}
	return strings.ToLower(keys[vmspec.InstanceKey])
}

// original is the instance that a machine is a copy of; empty where it is none, or where its UUID is not known.
func original(keys map[string]string, uuid string) string {
	if id := recordedID(keys); id != "" && uuid != "" && !strings.EqualFold(id, uuid) {
		return id
	}
	return ""
}

// RecordsOn is a machine's extraConfig as far as it is about that machine: a copy has neither records nor ports.
func RecordsOn(config *types.VirtualMachineConfigInfo) map[string]string {
	keys, _ := recordsAndOriginal(config)
	return keys
}

// recordsAndOriginal is RecordsOn, and the instance that the machine is a copy of; empty where it is none.
func recordsAndOriginal(config *types.VirtualMachineConfigInfo) (keys map[string]string, copyOf string) {
	keys = property.ExtraConfig(config.ExtraConfig)
	switch copyOf = original(keys, config.InstanceUuid); {
	case copyOf != "":
		maps.DeleteFunc(keys, func(key, _ string) bool { return aboutInstance(key) })
	// of the original, on a copy that has become an instance
	case keys[idKey] != "" && !strings.EqualFold(keys[vmspec.InstanceKey], config.InstanceUuid):
		delete(keys, vmspec.InstanceKey)
	}
	return keys, copyOf
}

// aboutInstance reports whether a key is a record of an instance, this provider's or Nova's.
func aboutInstance(key string) bool {
	return strings.HasPrefix(key, records.Prefix) || key == vmspec.InstanceKey || strings.HasPrefix(key, vmspec.PortKey)
}

// Identified is a change of a machine's records with what must be written along with the first of them, so that it counts for the machine:
// its id, and nothing of what a copy has from its original. have is the machine's extraConfig as it is.
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
