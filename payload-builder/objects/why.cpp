// SPDX-License-Identifier: Apache-2.0
#include "payload-builder/objects/why.h"

#include "payload-builder/support/demangle.h"

namespace suture::builder {

std::string_view kindName(WhyKind kind) {
  switch (kind) {
  case WhyKind::ChangedItself:
    return "changed-itself";
  case WhyKind::Inlines:
    return "inlines";
  case WhyKind::CloneOf:
    return "clone-of";
  case WhyKind::RefersToConstant:
    return "refers-to-constant";
  case WhyKind::ReliesOn:
    return "relies-on";
  case WhyKind::SpecializedFor:
    return "specialized-for";
  case WhyKind::SharesCallee:
    return "shares-callee";
  case WhyKind::UsesDefinition:
    return "uses-definition";
  }
  return "";
}

std::string toString(const Why &why) {
  std::string place = toString(why.location);
  if (!place.empty())
    place = " at " + place;
  if (!why.detail.empty())
    place += " (" + why.detail + ")";
  if (why.kind == WhyKind::ChangedItself)
    return "changed" + place;
  std::string chain;
  for (const std::string &name : why.chain)
    chain += (chain.empty() ? "" : " -> ") + shortName(name);
  switch (why.kind) {
  case WhyKind::Inlines:
    return "inlines " + chain + ", changed" + place;
  case WhyKind::CloneOf:
    return "clone of " + chain + ", changed" + place;
  case WhyKind::RefersToConstant:
    return "refers to constant " + chain + ", changed" + place;
  case WhyKind::ReliesOn:
    return "relies on registers, constants or purity of " + chain + ", changed" + place;
  case WhyKind::SpecializedFor:
    return "specialized for its callers, of which " + chain + " changed" + place;
  case WhyKind::SharesCallee:
    return "shares " + shortName(why.chain.front()) + " with " + shortName(why.chain.back()) +
           ", changed" + place;
  case WhyKind::UsesDefinition:
    return "uses " + chain + ", changed" + place;
  case WhyKind::ChangedItself:
    break;
  }
  return chain;
}

} // namespace suture::builder
