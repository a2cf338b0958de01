// SPDX-License-Identifier: MPL-2.0

package networking

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
)

// This file holds the warnings of what groups do not do: pass answers where the switch filters, and filter where a firewall is to.

// warnRecorded warns once that groups are recorded only.
func warnRecorded(ctx context.Context, backend sdn.Backend) {
	if backend.Enforcer() == sdn.EnforcePhysical {
		sdn.WarnPhysical(func(summary, detail string) { crud.WarnOnce(ctx, backend.Planned(), summary, detail) })
	}
}

// answersDropped is the summary of both warnings about answers.
const answersDropped = "Answers need rules of their own"

// mends says how answers come to pass.
const mends = ": answers (of name servers, of package mirrors) are dropped unless a rule lets them in. Either write " +
	"delete_default_rules = true, reply_rules = \"ephemeral\" and egress rules with ports for what guests may reach; or ingress rules for " +
	"the " +
	"ports that answers go to: protocol = \"tcp\" and protocol = \"udp\", each with port_range_min = 32768 and port_range_max = 60999, and " +
	"protocol = \"icmp\""

// warnAnswers warns that a new group without state, whose first rules allow all egress, drops all answers.
func warnAnswers(ctx context.Context, backend sdn.Backend, g openstack.SecurityGroup) {
	if backend.Enforcer() != sdn.EnforceDVS || g.Stateful || g.Replies != "" || g.Bare {
		return
	}
	crud.WarnAt(ctx, path.Root("stateful"), answersDropped, "The group "+g.Name+" is without state, and its first rules let everything out"+
		mends)
}

// warnUnanswered warns of a new rule that lets guests ask anybody, in a group that lets no answer in. Rules that are planned later are not
// known yet.
func warnUnanswered(ctx context.Context, backend sdn.Backend, r openstack.SecurityGroupRule) {
	read, err := sdn.ReadRule(r)
	if err != nil || backend.Enforcer() != sdn.EnforceDVS || !read.Asks() {
		return
	}
	group, rules, certain := groupOf(ctx, backend, r.GroupID)
	answers := func(other openstack.SecurityGroupRule) bool {
		in, err := sdn.ReadRule(other)
		return err == nil && in.Answers(read)
	}
	if !certain || slices.ContainsFunc(rules, answers) || !backend.Planned().FirstTime("answers to members of "+group) {
		return
	}
	crud.WarnAt(ctx, path.Root("direction"), answersDropped, "This rule lets members of "+group+" ask anybody, and the group is without state"+
		mends)
}

// groupOf returns what a warning calls a rule's group, and its rules as far as they are known. certain is false where the group lets
// answers pass, or was warned of already, or may be such a group: an unknown id can be that of any planned group.
func groupOf(ctx context.Context, backend sdn.Backend, id string) (name string, rules []openstack.SecurityGroupRule, certain bool) {
	planned := backend.Planned()
	rules = planned.Rules.At(id)
	if id != "" {
		g, err := backend.Group(ctx, id)
		if coming, is := planned.Groups.Find(id); is {
			g.Replies = coming.Replies
		}
		return "the group " + g.Name, append(rules, g.Rules...), err == nil && !g.Stateful && g.Replies == ""
	}
	groups := planned.Groups.Coming()
	if len(groups) == 1 {
		return "the group " + groups[0].Name, rules, groups[0].Replies == "" && groups[0].Bare
	}
	return "its group", rules, len(groups) > 0 && !slices.ContainsFunc(groups,
		func(g openstack.SecurityGroup) bool { return g.Replies != "" || !g.Bare })
}
