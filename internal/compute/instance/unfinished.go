// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// missingDrive returns the config drive of an instance with an unfinished creation, as the creation would have made it, or nil where the
// instance has none.
func (r instance) missingDrive(ctx context.Context, plan model.Instance) (func(openstack.Server) ([]byte, error), error) {
	request, err := r.resolve(ctx, plan)
	if err != nil || request.ConfigDrive == nil {
		return nil, err
	}
	return func(s openstack.Server) ([]byte, error) {
		s.UserData, s.Personality, s.Metadata = request.UserData, request.Personality, request.Metadata
		r.nameNetworks(ctx, &s)
		if err := r.refreshGuestNetwork(ctx, s.NICs); err != nil {
			return nil, err
		}
		return request.ConfigDrive(s)
	}, nil
}
