package plan

import (
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/ports"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

// planning is one instance's plan while it is made.
type planning struct {
	client      *vcenter.Client // nil while the provider's configuration is not known
	net         sdn.Backend     // likewise
	config      model.Instance
	plan        *model.Instance
	state       *model.Instance // nil at create
	imported    *model.Instance // the state as an import has left it, without the ids that its names stand for; nil: it has them
	private     model.PrivateState
	replacement bool       // it takes the place of an instance, which was planned with its state before
	replaced    path.Paths // what makes it another instance
	moving      string     // the argument by which it is to be elsewhere; empty: none
	rerecord    bool       // what no argument shows is to be put right: the record of its zone, or what its guest is told
	adopted     []string   // arguments that describe a machine of which nothing is recorded, and say something else than its state
	mismatches  []mismatch // what such a machine shows, and is written otherwise
	resizing    bool       // it is to be as large as its flavor, and is not

	specs  *vmspec.Compiler  // what flavors and images say, each read once
	flavor *openstack.Flavor // nil while it is not known
	image  *openstack.Image
	nets   []openstack.Network // those of the blocks, as far as they are known
}

// atHint puts an error about the zone where the zone is written. It leaves the error itself alone, which other instances may be given too.
func (p *planning) atHint(err error) error {
	const zone, hint = "availability_zone", "availability_zone_hints"
	var field *openstack.FieldError
	if !errors.As(err, &field) || field.Setting || field.Field != zone || p.config.Zone.ValueString() != "" ||
		p.config.ZoneHints.ValueString() == "" {
		return err
	}
	if err == error(field) {
		err = field.Err
	}
	return &openstack.FieldError{Field: hint, Err: err}
}

// zone is where the instance is to be, once it is planned.
func (p *planning) zone() string { return p.plan.Zone.ValueString() }

// Request is what a verb of an instance works with.
type Request = *crud.Request[ports.Plugger, model.Instance]
