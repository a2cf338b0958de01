package model

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// PrivateState is what is kept of an instance beside its state. The managed object id lets a plan read a hundred instances in one call; the
// rest tells what a change means without asking the vCenter again. It is stored as JSON by the names of its tags, which never change.
type PrivateState struct {
	MoRef      string            `json:"moref"`
	Flavor     openstack.Flavor  `json:"flavor"`          // as the instance has it embedded; without id where none is recorded
	Image      string            `json:"image,omitempty"` // its id
	CPUHotAdd  bool              `json:"cpu_hot_add"`
	RAMHotAdd  bool              `json:"ram_hot_add"`
	RAMLimit   int64             `json:"ram_limit,omitempty"` // 0 and none: unknown, as in older states
	RAMStep    int64             `json:"ram_step,omitempty"`
	GuestID    string            `json:"guest_id,omitempty"`
	Cores      int64             `json:"cores"`
	Clock      vmspec.Clock      `json:"clock"` // with which the flavor was translated
	Properties map[string]string `json:"properties,omitempty"`
	Disks      []openstack.Disk  `json:"disks,omitempty"`
	// NICs, by MAC, that somebody plugged elsewhere, and the networks they belong on
	Astray      map[string]string `json:"astray,omitempty"`
	Named       []string          `json:"named,omitempty"`            // ports that network blocks name: they were there before
	UserData    string            `json:"user_data_sha256,omitempty"` // an import cannot always read the data itself
	Personality string            `json:"personality_sha256,omitempty"`
	Untold      []string          `json:"untold,omitempty"` // arguments of which the guest is not told what is recorded
	At          placementState    `json:"at,omitzero"`
	BootVolume  bool              `json:"boot_volume,omitempty"` // its root disk is no flavor's to grow
	Own         bool              `json:"own,omitempty"`         // this provider made it
	Imported    bool              `json:"imported,omitempty"`    // and never changed since
	Importing   bool              `json:"importing,omitempty"`   // it has not been read since the import
	Fresh       bool              `json:"fresh,omitempty"`       // it was read as part of the import, and not since
	Stuck       string            `json:"stuck,omitempty"`       // why nothing can be changed on it
	Unrecorded  bool              `json:"unrecorded,omitempty"`  // nothing is recorded of what was asked for
	Cut         []string          `json:"cut,omitempty"`         // MACs of NICs that somebody has disconnected
	Unlabelled  bool              `json:"unlabelled,omitempty"`  // its flavor's tag could not be attached
	Unfinished  bool              `json:"unfinished,omitempty"`  // its creation did not come to its end, and it has never run
	Besides     []string          `json:"besides,omitempty"`     // what is deleted with the machine though it is not of the instance
}

// PrivateStateKey is the key of private state under which it is stored.
const PrivateStateKey = "aside"

// ReadPrivateState reads what is kept; the zero value where there is nothing.
func ReadPrivateState(ctx context.Context, from crud.Private) (a PrivateState) {
	if raw, diags := from.GetKey(ctx, PrivateStateKey); !diags.HasError() {
		_ = json.Unmarshal(raw, &a) // absent or unreadable: the UUID finds the VM
	}
	return a
}

// PrivateStateOf is what is to be kept of an instance as it was read.
func PrivateStateOf(s openstack.Server) PrivateState {
	a := PrivateState{MoRef: s.MoRef, Flavor: s.Flavor, Image: s.ImageID, CPUHotAdd: s.CPUHotAdd, RAMHotAdd: s.RAMHotAdd, RAMLimit: s.RAMLimit,
		RAMStep: s.RAMStep, GuestID: s.GuestID, Cores: s.Cores, Clock: s.Clock, Properties: s.Properties, At: placementStateOf(s), Own: s.Own(),
		BootVolume: s.BootVolume, Unrecorded: !s.Recorded, Disks: s.Disks, UserData: s.UserDataSum, Personality: s.PersonalitySum,
		Untold: s.Untold, Besides: s.Besides, Unfinished: s.Unfinished, Unlabelled: s.Unlabelled, Stuck: s.Stuck}
	if a.Unrecorded {
		a.At.Zone = ""
	}
	for _, nic := range s.NICs {
		if nic.Cut {
			a.Cut = append(a.Cut, nic.MAC)
		}
	}
	for _, nic := range s.Plugged() {
		if nic.Named {
			a.Named = append(a.Named, nic.Port)
		}
		if nic.Home != "" && nic.Home != nic.NetworkID {
			if a.Astray == nil {
				a.Astray = map[string]string{}
			}
			a.Astray[strings.ToLower(nic.MAC)] = nic.Home
		}
	}
	return a
}

// HomeOf is the network that a NIC belongs on where somebody plugged it elsewhere; else empty.
func (a PrivateState) HomeOf(mac types.String) string {
	return a.Astray[strings.ToLower(mac.ValueString())]
}

// Hardware is the machine's hardware as private state and state remember it, for questions about a resize.
func (a PrivateState) Hardware(state *Instance) openstack.Server {
	return openstack.Server{ServerSpec: openstack.ServerSpec{Flavor: a.Flavor, Properties: a.Properties, Disks: a.Disks},
		ServerStatus: openstack.ServerStatus{VCPUs: state.VCPUs.ValueInt64(), RAM: state.RAM.ValueInt64(), Cores: a.Cores,
			CPUHotAdd: a.CPUHotAdd, RAMHotAdd: a.RAMHotAdd, RAMLimit: a.RAMLimit, RAMStep: a.RAMStep, GuestID: a.GuestID}}
}
