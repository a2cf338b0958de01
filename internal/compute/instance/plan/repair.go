package plan

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// What somebody did to an instance's machine by hand that no argument shows.

// planLinks plans that NICs which somebody has disconnected are connected again. On a machine that somebody else made that is only told.
func (p *planning) planLinks(ctx context.Context) {
	if len(p.private.Cut) == 0 {
		return
	}
	what := "nothing is changed: somebody else made the machine"
	if p.private.Own {
		p.rerecord, what = true, "it is connected again, and so it is at every start"
	}
	crud.WarnAt(ctx, path.Root("network"), "A NIC is disconnected", fmt.Sprintf("somebody has disconnected the NIC %s of %s, so that its "+
		"guest has no link there: %s. "+
		"Where that was meant, write admin_state_up = false in its networking_port instead", strings.Join(p.private.Cut, ", "),
		p.state.Name.ValueString(), what))
}

// planEnd plans that what a creation has not come to is made up for, before the instance starts for the first time.
func (p *planning) planEnd(ctx context.Context) {
	if !p.private.Unfinished {
		return
	}
	p.rerecord = true
	crud.Warn(ctx, "The creation of the instance was not finished", fmt.Sprintf("%s was cloned, and what had to come before its first "+
		"start (a config drive, a hardware version, an EVC mode) is missing, because an apply did not come to its end. "+
		"This apply makes up for it", p.state.Name.ValueString()))
}

// warnLabel says that the flavor's tag is missing, which alone is no reason to change anything.
func (p *planning) warnLabel(ctx context.Context) {
	if p.private.Unlabelled {
		crud.Warn(ctx, "The flavor's tag is missing on "+p.state.Name.ValueString(), "It could not be attached when it was to be. The next "+
			"change of the instance attaches it; nothing else depends on it")
	}
}

func warnBesides(ctx context.Context, name string, besides []string) {
	if len(besides) > 0 {
		crud.Warn(ctx, "More than the instance will be deleted", fmt.Sprintf("With %s goes what is not of its configuration: %s. Where "+
			"somebody needs it, detach or copy it first; a disk that lies in another folder than the machine's is detached and stays",
			name, strings.Join(besides, ", ")))
	}
}
