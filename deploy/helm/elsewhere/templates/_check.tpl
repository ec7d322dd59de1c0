{{/* Combinations of values that cannot work. Each message begins with the key. */}}
{{- define "elsewhere.check" -}}
{{- include "elsewhere.checkSettings" . -}}
{{- include "elsewhere.checkDatabase" . -}}
{{- include "elsewhere.checkCookies" . -}}
{{- include "elsewhere.checkAdmin" . -}}
{{- include "elsewhere.checkScaling" . -}}
{{- include "elsewhere.checkRoutes" . -}}
{{- end -}}

{{/* Settings of which the chart has a value of its own, and secrets, which a ConfigMap would show. */}}
{{- define "elsewhere.checkSettings" -}}
{{- if not (dig "server" "base_url" "" .Values.settings) -}}
{{- fail "settings.server.base_url: expected the URL at which people reach the public API, such as https://accounts.example.org/" -}}
{{- end -}}
{{- $instead := dict "server.listen" "service" "server.shutdown_delay" "shutdownDelaySeconds" "server.tls" "tls.public"
  "admin.listen" "admin.enabled" "admin.tls" "tls.admin" "admin.tokens" "secrets.adminTokens"
  "database.url" "secrets.databaseUrl" "database.schema" "database.schema"
  "database.start_timeout" "database.startTimeoutSeconds" "session.cookie_secrets" "secrets.cookieSecrets"
  "audit.pseudonym_key" "secrets.pseudonymKey" -}}
{{- $settings := .Values.settings -}}
{{- range $setting, $value := $instead -}}
{{- $path := splitList "." $setting -}}
{{- if hasKey (dig (first $path) dict $settings) (last $path) -}}
{{- fail (printf "settings.%s: expected no such setting here, because the value %s decides it" $setting $value) -}}
{{- end -}}
{{- $variable := printf "ELSEWHERE_%s" ($setting | replace "." "__" | upper) -}}
{{- range $.Values.extraEnv -}}
{{- if hasPrefix $variable .name -}}
{{- fail (printf "extraEnv: expected no %s here, because the value %s decides it" .name $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $template := dig "session" "tokenizer" "templates" dict $settings -}}
{{- if hasPrefix "base64:" (dig "jwks_url" "" $template) -}}
{{- fail (printf "settings.session.tokenizer.templates.%s.jwks_url: expected file:// and a file of extraVolumes, because the keys are secret" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "elsewhere.checkDatabase" -}}
{{- $secret := .Values.secrets.databaseUrl.existingSecret -}}
{{- if eq .Values.database.type "sqlite" -}}
{{- if eq .Values.database.schema "kratos" -}}
{{- fail "database.type: expected postgres or mysql beside a Kratos, because a SQLite file cannot be shared with its Pods" -}}
{{- end -}}
{{- if $secret -}}
{{- fail "secrets.databaseUrl.existingSecret: expected no Secret with database.type sqlite, whose file is in the volume" -}}
{{- end -}}
{{- if .Values.autoscaling.enabled -}}
{{- fail "autoscaling.enabled: expected false with database.type sqlite, which allows one replica" -}}
{{- end -}}
{{- if gt (int .Values.replicaCount) 1 -}}
{{- fail (printf "replicaCount: expected 1 with database.type sqlite, got %d" (int .Values.replicaCount)) -}}
{{- end -}}
{{- else if not $secret -}}
{{- fail (printf "secrets.databaseUrl.existingSecret: expected the name of a Secret with the URL of the database, because database.type is %s" .Values.database.type) -}}
{{- end -}}
{{- end -}}

{{- define "elsewhere.checkCookies" -}}
{{- $cookies := dig "session" "cookies" true .Values.settings -}}
{{- $secret := .Values.secrets.cookieSecrets.existingSecret -}}
{{- if and (eq .Values.database.schema "kratos") $cookies (not $secret) -}}
{{- fail "secrets.cookieSecrets.existingSecret: expected the name of a Secret with Kratos's secrets.cookie, or settings.session.cookies false" -}}
{{- end -}}
{{- if and (not $cookies) $secret -}}
{{- fail "secrets.cookieSecrets.existingSecret: expected no Secret with settings.session.cookies false" -}}
{{- end -}}
{{- if and (not $cookies) (eq (toString (dig "ui" "enabled" "" .Values.settings)) "true") -}}
{{- fail "settings.ui.enabled: expected false with settings.session.cookies false, because the page needs cookies" -}}
{{- end -}}
{{- end -}}

{{- define "elsewhere.checkAdmin" -}}
{{- if and .Values.admin.enabled (not .Values.secrets.adminTokens.existingSecret) -}}
{{- fail "secrets.adminTokens.existingSecret: expected the name of a Secret with the tokens of the admin API, or admin.enabled false" -}}
{{- end -}}
{{- if and .Values.tls.admin.clientCa (not .Values.tls.admin.existingSecret) -}}
{{- fail "tls.admin.clientCa: expected tls.admin.existingSecret, too, whose ca.crt it uses" -}}
{{- end -}}
{{- if .Values.serviceMonitor.enabled -}}
{{- if not .Values.admin.enabled -}}
{{- fail "serviceMonitor.enabled: expected admin.enabled, too, because the admin listener serves the metrics" -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.admin.from) -}}
{{- fail "networkPolicy.admin.from: expected the Pods of Prometheus, because serviceMonitor is enabled" -}}
{{- end -}}
{{- if and .Values.tls.admin.existingSecret (not .Values.serviceMonitor.tlsConfig) -}}
{{- fail "serviceMonitor.tlsConfig: expected the CA and the server name, because tls.admin is set" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "elsewhere.checkScaling" -}}
{{- with .Values.autoscaling -}}
{{- if .enabled -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- fail (printf "autoscaling.maxReplicas: expected at least minReplicas, %d, got %d" (int .minReplicas) (int .maxReplicas)) -}}
{{- end -}}
{{- if not (dig "requests" "cpu" "" $.Values.resources) -}}
{{- fail "resources.requests.cpu: expected a value, because autoscaling measures by it" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "elsewhere.checkRoutes" -}}
{{- $kratos := .Values.kratos.publicService -}}
{{- $isBesideKratos := eq .Values.database.schema "kratos" -}}
{{- if and $isBesideKratos (or .Values.ingress.enabled .Values.httpRoute.enabled) (not $kratos.name) -}}
{{- fail "kratos.publicService.name: expected the Service of Kratos's public API, which keeps /sessions/token-exchange" -}}
{{- end -}}
{{- if and $isBesideKratos .Values.routes.ui (ne (toString (dig "ui" "enabled" "" .Values.settings)) "true") -}}
{{- fail "routes.ui: expected settings.ui.enabled true, too, because the page is off beside a Kratos" -}}
{{- end -}}
{{- if .Values.ingress.enabled -}}
{{- if not .Values.ingress.hosts -}}
{{- fail "ingress.hosts: expected at least one host, because ingress is enabled" -}}
{{- end -}}
{{- if and $isBesideKratos $kratos.namespace (ne $kratos.namespace .Release.Namespace) -}}
{{- fail "kratos.publicService.namespace: expected the namespace of this release, because an Ingress cannot lead to another one; httpRoute can" -}}
{{- end -}}
{{- if and .Values.ingress.includeKratos (not $isBesideKratos) -}}
{{- fail "ingress.includeKratos: expected false unless database.schema is kratos" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute.parentRefs: expected at least one Gateway, because httpRoute is enabled" -}}
{{- end -}}
{{- end -}}
