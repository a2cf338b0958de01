// SPDX-License-Identifier: MPL-2.0

package affinity

import (
	"context"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
)

// logRules writes to the log which rules and groups of a cluster are written, and why.
func logRules(ctx context.Context, v *clusterView, cluster ref, spec *types.ClusterConfigSpecEx, asked []Unsettled) {
	if !logging.VCenter.Informs(ctx) {
		return
	}
	var written []string
	for _, group := range spec.GroupSpec {
		written = append(written, fmt.Sprintf("%s group %s", group.Operation, groupName(group)))
	}
	for _, rule := range spec.RulesSpec {
		written = append(written, fmt.Sprintf("%s rule %s", rule.Operation, v.nameOfRule(rule)))
	}
	reason := "machines have joined or left what they stand for"
	if slices.ContainsFunc(asked, func(u Unsettled) bool { return u.Flavors }) {
		reason = "an aggregate has changed"
	}
	logging.VCenter.Info(ctx, "DRS rules are written", "name", v.name, "object", cluster.Value, "written", written, "reason", reason)
}

// nameOfRule returns the name of the rule that is written or removed.
func (v *clusterView) nameOfRule(change types.ClusterRuleSpec) string {
	if change.Info != nil {
		return change.Info.GetClusterRuleInfo().Name
	}
	for _, rule := range v.rules {
		if info := rule.GetClusterRuleInfo(); change.RemoveKey == info.Key {
			return info.Name
		}
	}
	return fmt.Sprint(change.RemoveKey)
}

func groupName(change types.ClusterGroupSpec) string {
	if change.Info == nil {
		return fmt.Sprint(change.RemoveKey)
	}
	return change.Info.GetClusterGroupInfo().Name
}
