// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// The keys of a VM's extraConfig that tell whether parameters are pending for it.
const (
	generationKey = records.Prefix + "generation" // of the last parameters written to a VM that once had pending ones
	// hintKey holds the token of a VM's pending parameters, for a process that read the catalogue before. The guest can write it too.
	hintKey  = guestPrefix + records.Prefix + "pending"
	tokenKey = records.Prefix + "pending" // never on a VM; in what is read of one, the token of the parameters laid over it
)

// pending are the advanced parameters that a VM must have and that its vCenter does not accept while it runs. They lie in the catalogue,
// by the instance's UUID, until a change of the VM while it is off writes them to it. Every read lays them over the VM as if they were
// on it, if their generation is higher than the VM's. They are written before the hardware change that they belong to, and count once
// that is known to be done; until then, what counted before does.
type pending struct {
	Generation int64 `json:"generation"`
	// Token identifies this very text, since generations may repeat; it ends in a question mark while Underway.
	Token    string            `json:"token"`
	Keys     map[string]string `json:"keys"`               // the value of each; empty: it must be removed
	Underway bool              `json:"underway,omitempty"` // it is not known whether the change they belong to was done
	Before   map[string]string `json:"before,omitempty"`   // what counts while Underway
}

// counting returns the keys that count. While the outcome of their change is unknown, the NICs of both records do: the VM's devices tell
// which exist.
func (p pending) counting(keys map[string]string) map[string]string {
	if !p.Underway {
		return p.Keys
	}
	out := map[string]string{}
	maps.Copy(out, p.Before)
	now, set := out[RecordKey]
	if !set {
		now = keys[RecordKey]
	}
	if text := withNICs(now, p.Keys[RecordKey]); text != now {
		out[RecordKey] = text
	}
	return out
}

// over returns a VM as if the parameters were on it.
func (p pending) over(vm mo.VirtualMachine) mo.VirtualMachine {
	keys := property.ExtraConfig(vm.Config.ExtraConfig)
	if p.Generation <= number(keys[generationKey]) {
		return vm
	}
	set := map[string]string{}
	maps.Copy(set, p.counting(keys))
	set[generationKey], set[tokenKey] = strconv.FormatInt(p.Generation, 10), p.Token
	config := *vm.Config
	config.ExtraConfig = slices.DeleteFunc(slices.Clone(config.ExtraConfig), func(o types.BaseOptionValue) bool {
		_, other := set[o.GetOptionValue().Key]
		return other
	})
	maps.DeleteFunc(set, func(_, value string) bool { return value == "" })
	config.ExtraConfig = append(config.ExtraConfig, records.Diff(set).Options()...)
	vm.Config = &config
	return vm
}

// withNICs returns a record with the NICs of another one that it lacks.
func withNICs(text, other string) string {
	var r, o Record
	if unreadable(text, &r) || unreadable(other, &o) {
		return text
	}
	missing := slices.DeleteFunc(slices.Clone(o.NICs), func(nic openstack.NIC) bool {
		return slices.ContainsFunc(r.NICs, func(n openstack.NIC) bool { return strings.EqualFold(n.MAC, nic.MAC) })
	})
	if len(missing) == 0 {
		return text
	}
	r.Schema, r.NICs = records.Schema, append(r.NICs, missing...)
	return r.Text()
}

// unreadable reports whether a record cannot be decoded. An empty text is an empty record.
func unreadable(text string, r *Record) bool {
	return text != "" && json.Unmarshal([]byte(text), r) != nil
}

// number parses a generation; an empty text is 0.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// Parameters returns the advanced parameters of a VM by their keys.
func Parameters(vm mo.VirtualMachine) map[string]string {
	return property.ExtraConfig(vm.Config.ExtraConfig)
}

// InstanceID returns the id of the instance that a VM is: its instance UUID, in lower case.
func InstanceID(vm mo.VirtualMachine) string { return strings.ToLower(vm.Config.InstanceUuid) }

// hinted returns the token in an instance's hint; empty where there is none, or the VM has it from the one it was copied from.
func hinted(text, id string) string {
	token, own := strings.CutPrefix(text, id+"/")
	if !own {
		return ""
	}
	return token
}

// basis is what pending parameters were computed from: those with a token, or, without one, a VM at a generation with none pending.
type basis struct {
	token      string
	generation int64
}

func basisOf(have map[string]string) basis { return basis{have[tokenKey], number(have[generationKey])} }

// still reports whether no other client has written pending parameters since.
func (b basis) still(now pending) bool {
	if b.token == "" {
		return now.Generation <= b.generation
	}
	return now.Token == b.token
}

// owed returns the pending keys with the values that count, which are those of have.
func (p pending) owed(have map[string]string) map[string]string {
	out := map[string]string{}
	for _, keys := range []map[string]string{p.Keys, p.Before} {
		for key := range keys {
			out[key] = have[key]
		}
	}
	return out
}

// underwayMark ends the token of parameters whose change of the VM is not known to be done.
const underwayMark = "?"

// Unfinished reports whether the records of a VM, as read, belong to a change whose outcome is unknown. The next change of the VM
// completes it.
func Unfinished(vm mo.VirtualMachine) bool {
	return strings.HasSuffix(Parameters(vm)[tokenKey], underwayMark)
}

// Owes reports whether parameters are pending for a VM, as read.
func Owes(vm mo.VirtualMachine) bool {
	return Parameters(vm)[tokenKey] != ""
}
