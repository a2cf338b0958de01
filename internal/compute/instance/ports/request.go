package ports

import (
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Request asks for a NIC's port: one that is named, or one that is made for the instance.
type Request struct {
	NIC       *openstack.NIC
	Network   openstack.Network
	Port      string              // the id of a port that is named; empty: one is made
	Addresses []openstack.FixedIP // of a port which is made
	Groups    []string            // ids of the security groups of a port which is made
	At        string              // the attribute that asks for the port, for errors

	made    string // the id of a port which is made; empty: any
	takesUp string // the instance that is gone for which that port was made before
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

// OfBlock is the request of the i-th network block, but for the network.
func OfBlock(m model.Network, i int) Request {
	return Request{Port: m.Port.ValueString(), Addresses: m.Addresses(), At: model.NICBlock(i)}
}
