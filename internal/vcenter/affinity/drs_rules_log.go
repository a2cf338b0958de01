package affinity

import (
	"context"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
)

// logRules tells which rules and groups of a cluster are written, and why.
func logRules(ctx context.Context, name string, cluster ref, spec *types.ClusterConfigSpecEx, asked []Unsettled) {
	if !logging.VCenter.Informs(ctx) {
		return
	}
	var written []string
	for _, group := range spec.GroupSpec {
		written = append(written, fmt.Sprintf("%s group %s", group.Operation, groupName(group)))
	}
	for _, rule := range spec.RulesSpec {
		text := fmt.Sprintf("%s rule with key %v", rule.Operation, rule.RemoveKey)
		if rule.Info != nil {
			text = fmt.Sprintf("%s rule %s", rule.Operation, rule.Info.GetClusterRuleInfo().Name)
		}
		written = append(written, text)
	}
	reason := "machines have joined or left what they stand for"
	if slices.ContainsFunc(asked, func(u Unsettled) bool { return u.Flavors }) {
		reason = "an aggregate has changed"
	}
	logging.VCenter.Info(ctx, "DRS rules are written", "name", name, "object", cluster.Value, "written", written, "reason", reason)
}

func groupName(change types.ClusterGroupSpec) string {
	if change.Info == nil {
		return fmt.Sprint(change.RemoveKey)
	}
	return change.Info.GetClusterGroupInfo().Name
}
