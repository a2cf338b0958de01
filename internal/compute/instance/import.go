// SPDX-License-Identifier: MPL-2.0

package instance

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// importInstance finds the VM by its instance UUID, its inventory path or its managed object id. It changes nothing in the vCenter.
func importInstance(ctx context.Context, req instanceRequest) (*model.Instance, error) {
	server, err := req.Client.Client.Machines.Find(ctx, req.ID)
	if err != nil {
		return nil, err
	}
	m, remember, err := imported(server)
	crud.Note(ctx, req.Private, model.PrivateStateKey, remember)
	return &m, err
}

// imported returns the state of an import, before it is read, and what goes beside it.
func imported(server openstack.Server) (m model.Instance, remember model.PrivateState, err error) {
	m, err = emptyModel()
	m.ID = types.StringValue(server.ID)
	remember = model.PrivateStateOf(server)
	remember.Imported, remember.Importing = true, true
	return m, remember, err
}
