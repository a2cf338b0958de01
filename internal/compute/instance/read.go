// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
)

// readInstance refreshes the state, and stores in private state what later plans need. It returns openstack.ErrNotFound for an instance
// that is gone. An instance moved from another provider's state keeps the values that no VM shows.
func readInstance(ctx context.Context, req instanceRequest) (*model.Instance, error) {
	r, state := instance{req.Client}, *req.State
	from, had := crud.OriginOf(ctx, req.Private), model.ReadPrivateState(ctx, req.Private)
	server, err := r.find(ctx, machine.Key{ID: state.ID.ValueString(), MoRef: had.MoRef}, from)
	if err != nil {
		if errors.Is(err, openstack.ErrNotFound) && from == nil {
			r.Client.Machines.Gone(state.ID.ValueString())
		}
		return nil, err
	}
	keepRescued(ctx, &server, state)
	continueAsImported(ctx, from, &had, req.Private)
	return r.shown(ctx, state, server, had, req.Private)
}

// shown returns the state of an instance that was found, and stores in private state what later plans need.
func (r instance) shown(ctx context.Context, state model.Instance, server openstack.Server, had model.PrivateState,
	private crud.Private) (*model.Instance, error) {
	r.nameUnknown(ctx, &server, model.Networks(state.Network))
	remember := model.PrivateStateOf(server)
	remember.Unlabelled, remember.Failed = had.Unlabelled, had.Failed && server.PowerState == openstack.Shutoff
	remember.Imported, remember.Fresh, remember.At.Asked, remember.At.Home = had.Imported, had.Importing, had.At.Asked, had.At.Home
	current := state.Observed(server).ShowRequestedNode(&remember.At)
	if remember.Unrecorded {
		current = current.KeepUnreadable(state)
	}
	warnOtherAddresses(ctx, server)
	for _, nic := range server.NICs {
		r.Network.Planned().Ports.Read(nic.Port)
	}
	r.Client.Planned.Instances.Own(server.MoRef)
	r.Client.Planned.Usage.Meet(server.Name, model.Usage(current, remember.Disks))
	var err error
	current.SecurityGroups, err = r.InForce(ctx, server, current.SecurityGroups)
	if remember.Fresh && state.Name.IsNull() && !remember.Unrecorded {
		current = current.WithoutIDs()
	}
	crud.Note(ctx, private, model.PrivateStateKey, remember)
	return &current, crud.Titled("Cannot read the security groups of compute instance "+server.Name, err)
}

// keepRescued warns of a rescued instance, and keeps the power state that it had before: it runs because it is rescued, and its own state
// is asked for again once that has ended.
func keepRescued(ctx context.Context, s *openstack.Server, state model.Instance) {
	if s.Rescued == "" {
		return
	}
	if before := state.PowerState.ValueString(); before != "" {
		s.PowerState = before
	}
	crud.Warn(ctx, "The instance "+s.Name+" is rescued", s.Name+" runs from a disk of the image "+s.Rescued+", and is shown as it was "+
		"before. Nothing of it is changed in place until the action novasphere_compute_instance_unrescue has ended that")
}

// continueAsImported makes a moved instance continue like one that was just imported.
func continueAsImported(ctx context.Context, from *crud.Origin, had *model.PrivateState, private crud.Private) {
	if from != nil {
		had.Imported, had.Importing = true, true
		crud.ClearOrigin(ctx, private)
	}
}

// warnOtherAddresses warns of a guest that reports other addresses than its ports have claimed.
func warnOtherAddresses(ctx context.Context, s openstack.Server) {
	for _, nic := range s.NICs {
		for _, claimed := range nic.Claimed {
			reported := nic.IPv4
			if strings.Contains(claimed, ":") {
				reported = nic.IPv6
			}
			if len(reported) > 0 && !slices.Contains(reported, claimed) {
				crud.WarnAt(ctx, path.Root("network"), "The guest has another address", fmt.Sprintf("The port of the NIC %s of %s has claimed "+
					"%s, and the guest reports %s: on that subnet (enable_dhcp = true) another server gives out the addresses. "+
					"Have it give that address to that MAC; until then the claimed address stays here and in fixed_ip_v4 or fixed_ip_v6, "+
					"access_ip_v4 and access_ip_v6 show what is reported, and security groups filter by the claimed one",
					nic.MAC, s.Name, claimed, strings.Join(reported, ", ")))
			}
		}
	}
}
