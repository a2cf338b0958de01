// SPDX-License-Identifier: MPL-2.0

package cloudconfig

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// encoded writes values as YAML.
func encoded(values map[string]any) (string, error) {
	out, err := yaml.Dump(node(values), yaml.WithIndent(2), yaml.WithLineWidth(-1), yaml.WithCompactSeqIndent())
	if err != nil {
		return "", fmt.Errorf("it cannot be written as YAML: %w", err)
	}
	return string(out), nil
}

// node returns a value with the style in which it is written. A null among the attributes of an object means that it is not written.
func node(value any) *yaml.Node {
	switch v := value.(type) {
	case map[string]any:
		out := &yaml.Node{Kind: yaml.MappingNode}
		for _, key := range sortedKeys(v) {
			if v[key] != nil {
				out.Content = append(out.Content, scalar(key), node(v[key]))
			}
		}
		return out
	case []any:
		out := &yaml.Node{Kind: yaml.SequenceNode}
		for _, element := range v {
			out.Content = append(out.Content, node(element))
		}
		return out
	case string:
		return scalar(v)
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(v)}
	case *big.Float:
		return numeral(v)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}

func numeral(v *big.Float) *yaml.Node {
	if v.IsInt() {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: v.Text('f', 0)}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: v.Text('f', -1)}
}

// plain matches texts that no version of YAML reads as anything else, but for the words below: they begin with a letter or a slash, and
// hold no sign with a meaning.
var plain = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./@+=-]*(?: [A-Za-z0-9_./@+=-]+)*$`)

// words11 are texts that YAML 1.1 reads as true, false or null: unlike 1.2, it does so with `yes` and `off`.
var words11 = []string{"y", "yes", "n", "no", "true", "false", "on", "off", "null"}

// block matches texts of several lines that a literal block keeps: their first line is not indented, and no line ends in a blank.
var block = regexp.MustCompile(`^[^\s][^\n]*\n`)

func scalar(v string) *yaml.Node {
	out := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v, Style: yaml.DoubleQuotedStyle}
	switch {
	case plain.MatchString(v) && !slices.Contains(words11, strings.ToLower(v)):
		out.Style = 0
	case block.MatchString(v) && !strings.Contains(v, " \n") && !strings.ContainsFunc(v, unprintable):
		out.Style = yaml.LiteralStyle
	}
	return out
}

// unprintable reports whether a literal block cannot hold a character.
func unprintable(r rune) bool {
	return r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r > 0xffff
}
