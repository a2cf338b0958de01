package plan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/compute/instance/model"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec"
)

func always(*planning) bool { return true }

// sameZone says that the zone is the same, and the host if one is named.
func sameZone(p *planning) bool {
	return model.SameZone(p.plan.Zone.ValueString(), p.state.Zone.ValueString())
}

func samePersonality(p *planning) bool {
	sum := openstack.SumFiles(model.Personality(p.plan.Personality))
	return sum == openstack.SumFiles(model.Personality(p.state.Personality)) || len(p.state.Personality.Elements()) == 0 &&
		sum == p.private.Personality
}

// keepPersonality keeps the order of the files in the state: the guest is told them by their paths.
func keepPersonality(to *model.Instance, s model.Instance) {
	if len(to.Personality.Elements()) == len(s.Personality.Elements()) {
		to.Personality = s.Personality
	}
}

// sameUserData says that the data is the same in another encoding, or what the instance is known to be made with though an
// import could not read it.
func sameUserData(p *planning) bool {
	if p.state.UserData.IsNull() && p.private.UserData != "" {
		sum := sha256.Sum256([]byte(vmspec.DecodeUserData(p.plan.UserData.ValueString())))
		return p.private.UserData == hex.EncodeToString(sum[:])
	}
	return vmspec.DecodeUserData(p.plan.UserData.ValueString()) == vmspec.DecodeUserData(p.state.UserData.ValueString())
}

// planCreation finds the creation arguments that change. They replace the instance, unless it was imported and never changed
// since: then they are taken for true as they are written, once, because a vCenter cannot show what a machine was made with.
func (p *planning) planCreation(ctx context.Context) {
	var hidden []string
	for _, argument := range creation {
		was, now, written := argument.of(*p.state), argument.of(*p.plan), argument.of(p.config)
		if now.Equal(was) {
			continue
		}
		if crud.Known(now) && argument.same(p) {
			if argument.keep != nil && !written.IsNull() && !was.IsNull() { // between nothing and "" Terraform insists on what is written
				argument.keep(p.plan, *p.state)
			}
			continue
		}
		switch {
		case argument.moves != nil && argument.moves(p):
			p.moving = argument.name
		case p.unrecorded() && argument.shown != nil && argument.shown(p) && crud.Known(now):
			p.mismatches = append(p.mismatches, mismatch{argument.name, now.String(), was.String()})
		case p.unrecorded():
			p.adopted = append(p.adopted, argument.name)
		case p.private.Imported && argument.hidden:
			hidden = append(hidden, argument.name)
		case argument.name == "user_data" && !p.plan.ReplaceOnChange.IsNull() && !p.plan.ReplaceOnChange.ValueBool():
		default:
			p.replaced = append(p.replaced, path.Root(argument.name))
		}
	}
	if len(hidden) > 0 {
		crud.WarnAt(ctx, path.Root(hidden[0]), "Adopted as written", fmt.Sprintf(
			"%s: %s was made with something else, and was imported. These arguments describe it, are recorded as they are written, and change "+
				"nothing on it: the guest is told nothing",
			strings.Join(hidden, ", "), p.state.Name.ValueString()))
	}
}

// adopts says that the instance was imported, and has not been changed since.
func (p *planning) adopts() bool { return p.private.Imported || p.unrecorded() }
