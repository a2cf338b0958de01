// SPDX-License-Identifier: MPL-2.0

package sdn

import (
	"context"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// TrunkBackend stores trunks. A port is in one trunk at most, as its parent or as a sub port, and cannot be deleted while it is.
type TrunkBackend interface {
	// CheckTrunk refuses a trunk that cannot be, before anything exists. Ids that are unknown are empty. The caveat is for the user of the
	// trunk; empty: none.
	CheckTrunk(ctx context.Context, t openstack.Trunk) (caveat string, err error)
	// CreateTrunk makes a trunk, and chooses its id. A trunk that is returned with an id exists, even with an error.
	CreateTrunk(ctx context.Context, t openstack.Trunk) (openstack.Trunk, error)
	// Trunk reads a trunk that is known to exist.
	Trunk(ctx context.Context, id string) (openstack.Trunk, error)
	// Trunks returns all trunks.
	Trunks(ctx context.Context) ([]openstack.Trunk, error)
	// Carried returns those of a trunk's sub ports whose traffic passes at the trunk's parent, all of them where that is not plugged in.
	Carried(ctx context.Context, t openstack.Trunk) ([]openstack.SubPort, error)
	// UpdateTrunk changes a trunk's name, description, tags, state and sub ports.
	UpdateTrunk(ctx context.Context, t openstack.Trunk) (openstack.Trunk, error)
	// DeleteTrunk removes a trunk. Its ports stay.
	DeleteTrunk(ctx context.Context, id string) error
}

// InTrunk refuses to delete a port that is in a trunk.
func InTrunk(p openstack.Port) error {
	if p.SubPort {
		return fmt.Errorf("the port %s is a sub port of the trunk %s: take its sub_port block out of the trunk, or delete the trunk, in an "+
			"apply of its own, because Terraform destroys before it updates", p.ID, p.TrunkID)
	}
	return fmt.Errorf("the port %s is the parent of the trunk %s: delete the trunk (novasphere_networking_trunk) first", p.ID, p.TrunkID)
}
