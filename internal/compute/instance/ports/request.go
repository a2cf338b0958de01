package ports

import (
	"errors"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// Plug is where a NIC is plugged in: a port that is named, or one that is made for the instance.
type Plug struct {
	NIC       *openstack.NIC
	Network   openstack.Network
	Port      string              // the id of the port that is named; empty: one is made
	Addresses []openstack.FixedIP // those that a port which is made is to have
	At        string              // the attribute that asks for it, for errors

	Groups  []string // security groups of a port that is made for it
	made    string   // the id of a port that is made for it; empty: any
	takesUp string   // the instance for which that port was made once, and which is gone
}

// Wrap puts an error at the attribute.
func (s Plug) Wrap(err error) error {
	if err == nil {
		return nil
	}
	var field *openstack.FieldError
	if errors.As(err, &field) {
		err = field.Err
	}
	return openstack.AttributeErrorf(s.At, "%w", err)
}

// plug is where a block's NIC is plugged in, but for the network.
func OfBlock(m model.Network, i int) Plug {
	return Plug{Port: m.Port.ValueString(), Addresses: m.Addresses(), At: model.NicBlock(i)}
}
