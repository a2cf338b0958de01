// SPDX-License-Identifier: MPL-2.0

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

// PrivateState is what an instance keeps in private state. The managed object id lets a plan read a hundred instances in one call; the
// rest tells what a change means without a call to vCenter. It is stored as JSON under the names of its tags, which never change.
type PrivateState struct {
	MoRef      string            `json:"moref"`
	Flavor     openstack.Flavor  `json:"flavor"`          // as the instance embeds it; without id where none is recorded
	Image      string            `json:"image,omitempty"` // its id
	CPUHotAdd  bool              `json:"cpu_hot_add"`
	RAMHotAdd  bool              `json:"ram_hot_add"`
	RAMLimit   int64             `json:"ram_limit,omitempty"` // 0: unknown, as in older states
	RAMStep    int64             `json:"ram_step,omitempty"`
	GuestID    string            `json:"guest_id,omitempty"`
	Cores      int64             `json:"cores"`
	Clock      vmspec.Clock      `json:"clock"` // with which the flavor was translated
	Properties map[string]string `json:"properties,omitempty"`
	Disks      []openstack.Disk  `json:"disks,omitempty"`
	// by the MAC of a NIC that was moved to another network outside of Terraform: its own network
	Astray      map[string]string `json:"astray,omitempty"`
	Named       []string          `json:"named,omitempty"`            // ports that network blocks name: the instance did not make them
	UserData    string            `json:"user_data_sha256,omitempty"` // an import cannot always read the data itself
	Personality string            `json:"personality_sha256,omitempty"`
	Untold      []string          `json:"untold,omitempty"` // arguments whose recorded values the guest's guestinfo no longer holds
	At          placementState    `json:"at,omitzero"`
	BootVolume  bool              `json:"boot_volume,omitempty"` // the root disk is a volume, which no flavor grows
	Own         bool              `json:"own,omitempty"`         // this provider made the VM
	Imported    bool              `json:"imported,omitempty"`    // imported, and never changed since
	Importing   bool              `json:"importing,omitempty"`   // not read since the import
	Fresh       bool              `json:"fresh,omitempty"`       // read as part of the import, and not since
	Stuck       string            `json:"stuck,omitempty"`       // why the VM cannot be changed
	Snapshots   []string          `json:"snapshots,omitempty"`   // their names: no disk grows under a snapshot
	Unrecorded  bool              `json:"unrecorded,omitempty"`  // the VM holds no record of its arguments
	Cut         []string          `json:"cut,omitempty"`         // MACs of NICs that were disconnected outside of Terraform
	Unlabelled  bool              `json:"unlabelled,omitempty"`  // its flavor's tag could not be attached
	Unfinished  bool              `json:"unfinished,omitempty"`  // the creation did not finish, and the VM has never run
	Failed      bool              `json:"failed,omitempty"`      // the creation ended with an error before the first start
	Kept        []string          `json:"kept,omitempty"`        // volumes of its blocks that outlive it
	Besides     []string          `json:"besides,omitempty"`     // deleted with the VM although they are not the instance's
	Shared      []string          `json:"shared,omitempty"`      // volumes that other machines may have too
}

// PrivateStateKey is the key in private state under which it is stored.
const PrivateStateKey = "aside"

// ReadPrivateState reads private state; the zero value where there is none.
func ReadPrivateState(ctx context.Context, from crud.Private) (a PrivateState) {
	if raw, diags := from.GetKey(ctx, PrivateStateKey); !diags.HasError() {
		_ = json.Unmarshal(raw, &a) // absent or unreadable: the VM is found by its UUID
	}
	return a
}

// PrivateStateOf returns the private state of an instance that was read.
func PrivateStateOf(s openstack.Server) PrivateState {
	a := PrivateState{MoRef: s.MoRef, Flavor: s.Flavor, Image: s.ImageID, CPUHotAdd: s.CPUHotAdd, RAMHotAdd: s.RAMHotAdd, RAMLimit: s.RAMLimit,
		RAMStep: s.RAMStep, GuestID: s.GuestID, Cores: s.Cores, Clock: s.Clock, Properties: s.Properties, At: placementStateOf(s), Own: s.Own(),
		BootVolume: s.BootVolume, Unrecorded: !s.Recorded, Disks: s.Disks, UserData: s.UserDataSum, Personality: s.PersonalitySum,
		Untold: s.Untold, Besides: s.Besides, Kept: s.Kept, Shared: s.SharedVolumes, Failed: s.Failed, Unfinished: s.Unfinished,
		Unlabelled: s.Unlabelled, Stuck: s.Stuck, Snapshots: s.Snapshots}
	if a.Unrecorded {
		a.At.Zone = ""
	}
	if s.HideUserData { // a checksum would let a reader of the state try what was written
		a.UserData = ""
	}
	if s.HideFiles {
		a.Personality = ""
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

// HomeOf returns the own network of a NIC that was moved to another network outside of Terraform, else "".
func (a PrivateState) HomeOf(mac types.String) string {
	return a.Astray[strings.ToLower(mac.ValueString())]
}

// Hardware returns the VM's hardware as private state and state hold it, for questions about a resize.
func (a PrivateState) Hardware(state *Instance) openstack.Server {
	return openstack.Server{ServerSpec: openstack.ServerSpec{Flavor: a.Flavor, Properties: a.Properties, Disks: a.Disks},
		ServerStatus: openstack.ServerStatus{VCPUs: state.VCPUs.ValueInt64(), RAM: state.RAM.ValueInt64(), Cores: a.Cores,
			CPUHotAdd: a.CPUHotAdd, RAMHotAdd: a.RAMHotAdd, RAMLimit: a.RAMLimit, RAMStep: a.RAMStep, GuestID: a.GuestID}}
}
