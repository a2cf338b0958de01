// SPDX-License-Identifier: MPL-2.0

package ports

import (
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Request asks for a NIC's port: a named one, or a new one for the instance.
type Request struct {
	NIC       *openstack.NIC
	Network   openstack.Network
	Port      string              // the id of a named port; empty: a new one
	Addresses []openstack.FixedIP // of a new port
	Groups    []string            // ids of a new port's security groups
	At        string              // the attribute that asks for the port, for errors

	made    string // the id of a new port; empty: any
	takesUp string // the absent instance for which that port was made before
}

// Wrap puts an error at the attribute that asks for the port.
func (s Request) Wrap(err error) error {
	if err == nil {
		return nil
	}
	var field *openstack.FieldError
	if errors.As(err, &field) {
		err = field.Err
	}
	return openstack.AttributeErrorf(s.At, "%w", err)
}

// OfBlock returns the request of the i-th network block, without the network.
func OfBlock(m model.Network, i int) Request {
	return Request{Port: m.Port.ValueString(), Addresses: m.Addresses(), At: model.NICBlock(i)}
}
