package actions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/privileges"
)

// granted are the privileges of an instance alone, or of one of its features alone.
func granted(feature string) (out []privileges.Granted) {
	for _, u := range privileges.Uses {
		if u.Noun != "compute_instance" || u.Feature != feature {
			continue
		}
		for _, g := range u.Grants {
			for _, id := range g.IDs {
				out = append(out, privileges.Granted{On: g.On, Privilege: id})
			}
		}
	}
	return out
}

// TestActionPrivilegesOfSnapshotsAndRescues: with the privileges that the table gives an action it works, and without each of them an error names it.
func TestActionPrivilegesOfSnapshotsAndRescues(t *testing.T) {
	t.Parallel()
	for feature, acts := range map[string][]struct {
		action string
		config map[string]any
	}{
		privileges.ActionSnapshot: {{"snapshot", snapshot("create")}, {"snapshot", snapshot("revert")}, {"snapshot", snapshot("delete")}},
		privileges.ActionRescue:   {{"rescue", nil}, {"unrescue", nil}},
		"":                        {{"shelve", nil}, {"unshelve", nil}},
	} {
		t.Run(feature, func(t *testing.T) {
			t.Parallel()
			s := sceneOf(t, nil)
			own, all := granted(feature), slices.Concat(granted(""), granted(feature))
			as := func(name string, has []privileges.Granted) string {
				p := s.vc.Provider(t, s.vc.Restricted(name, has))
				for _, act := range acts {
					out := p.Invoke("novasphere_compute_instance_"+act.action, s.config(act.config))
					if errors := protocol.Errors(out.Said); len(errors) > 0 {
						return fmt.Sprint(errors)
					}
				}
				return ""
			}
			if said := as("all", all); said != "" {
				t.Errorf("with all of them: %s", said)
			}
			if feature == "" {
				return
			}
			for i, g := range own {
				rest := slices.DeleteFunc(slices.Clone(all), func(one privileges.Granted) bool { return one == g })
				if said := as(fmt.Sprintf("without-%d", i), rest); !strings.Contains(said, g.Privilege) {
					t.Errorf("without %s it says %q", g.Privilege, said)
				}
				for _, act := range acts { // an administrator ends what was begun
					s.p.Invoke("novasphere_compute_instance_"+act.action, s.config(act.config))
				}
			}
		})
	}
}
