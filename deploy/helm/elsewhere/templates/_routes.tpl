{{/* The paths of Ingress and HTTPRoute, and the service that answers each: a list in JSON. An exact
     path counts before a prefix, and a long prefix before a short one. The test compares it with
     examples/beside-kratos/. */}}
{{- define "elsewhere.routes" -}}
{{- $elsewhere := dict "name" (include "elsewhere.fullname" .) "port" .Values.service.port -}}
{{- $routes := list -}}
{{- if eq .Values.database.schema "kratos" -}}
{{- /* A part of Kratos's login flows. */ -}}
{{- $kratos := .Values.kratos.publicService -}}
{{- $routes = append $routes (dict "path" "/sessions/token-exchange" "type" "Exact" "service" $kratos) -}}
{{- /* /sessions and everything below it, but not /sessionsfoo. */ -}}
{{- $routes = append $routes (dict "path" "/sessions" "type" "Prefix" "service" $elsewhere) -}}
{{- if .Values.routes.jwks -}}
{{- $routes = append $routes (dict "path" "/.well-known/jwks.json" "type" "Exact" "service" $elsewhere) -}}
{{- end -}}
{{- if .Values.routes.ui -}}
{{- $routes = append $routes (dict "path" "/ui" "type" "Prefix" "service" $elsewhere) -}}
{{- end -}}
{{- else -}}
{{- $routes = append $routes (dict "path" "/" "type" "Prefix" "service" $elsewhere) -}}
{{- end -}}
{{- toJson $routes -}}
{{- end -}}
