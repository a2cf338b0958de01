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

// The keys of a machine's extraConfig that tell whether parameters are pending for it.
const (
	generationKey = records.Prefix + "generation" // on a machine that once had pending parameters: the last ones that it was given
	// on one that has some, their token, for a process that has read the catalogue before. The guest may write it too.
	hintKey  = guestPrefix + records.Prefix + "pending"
	tokenKey = records.Prefix + "pending" // on none, and on what is read of one: the token of those that were laid over it
)

// pending are the advanced parameters that a machine is to have and that its vCenter does not take while it runs. They lie in the
// catalogue, by the instance's UUID, until a change of the machine that is off takes them along. Whoever reads the machine reads them as if
// they were on it, where their generation is higher than the machine's. They are written before the hardware is changed with which they go,
// and count once that is known to have come about: before, what counted before them does.
type pending struct {
	Generation int64 `json:"generation"`
	// of this very text; while it is under way it ends in a question mark. Generations may come again
	Token    string            `json:"token"`
	Keys     map[string]string `json:"keys"`               // what each is to be; empty: it is to go
	Underway bool              `json:"underway,omitempty"` // whether the change that they go with has come about is not known
	Before   map[string]string `json:"before,omitempty"`   // what counts while it is not
}

// counting are the keys that count. Of two lists of NICs both do while nobody knows which is right: the machine's devices tell.
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

// over is a machine as if the parameters were on it.
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

// withNICs is a record with the NICs of another one that it lacks.
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

// unreadable reports whether a record cannot be decoded. None is one without anything in it.
func unreadable(text string, r *Record) bool {
	return text != "" && json.Unmarshal([]byte(text), r) != nil
}

// number is a generation as it is written; nothing is none.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// Parameters are the advanced parameters of a machine by their keys.
func Parameters(vm mo.VirtualMachine) map[string]string {
	return property.ExtraConfig(vm.Config.ExtraConfig)
}

// InstanceID is the id of the instance that a machine is: its instance UUID, in lower case.
func InstanceID(vm mo.VirtualMachine) string { return strings.ToLower(vm.Config.InstanceUuid) }

// hinted is the token in an instance's hint; empty where there is none, or it is that of the machine which this one is a copy of.
func hinted(text, id string) string {
	token, own := strings.CutPrefix(text, id+"/")
	if !own {
		return ""
	}
	return token
}

// basis is what pending parameters were computed from: those of a token, or a machine of a generation that had none.
type basis struct {
	token      string
	generation int64
}

func basisOf(have map[string]string) basis { return basis{have[tokenKey], number(have[generationKey])} }

// still reports whether nobody has written others since.
func (b basis) still(now pending) bool {
	if b.token == "" {
		return now.Generation <= b.generation
	}
	return now.Token == b.token
}

// owed are the parameters that are pending, as they count.
func (p pending) owed(have map[string]string) map[string]string {
	out := map[string]string{}
	for _, keys := range []map[string]string{p.Keys, p.Before} {
		for key := range keys {
			out[key] = have[key]
		}
	}
	return out
}

// underwayMark ends the token of parameters whose change of the machine is not known to have come about.
const underwayMark = "?"

// Unfinished reports whether what is recorded of a machine as it was read goes with a change that nobody knows the end of: whoever changes
// the machine next completes it.
func Unfinished(vm mo.VirtualMachine) bool {
	return strings.HasSuffix(Parameters(vm)[tokenKey], underwayMark)
}

// Owes reports whether something is pending for a machine as it was read.
func Owes(vm mo.VirtualMachine) bool {
	return Parameters(vm)[tokenKey] != ""
}
