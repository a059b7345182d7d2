"""What the core says, in Portuguese. The keys are those of the English table, which a test compares."""

from typing import Final

PORTUGUESE_REASONS: Final = {
    "failure.empty-file": "O ficheiro está vazio; envie-o de novo.",
    "failure.unsupported-image": (
        "O ficheiro não é uma imagem nem um documento que se possa ler; envie um PDF, ou uma imagem em JPEG, PNG, TIFF,"
        " WebP, GIF, BMP, AVIF, JPEG 2000 ou HEIC."
    ),
    "failure.multi-frame-image": "O ficheiro tem várias imagens; envie cada uma num ficheiro próprio.",
    "failure.image-truncated": (
        "A imagem acaba cedo demais, como após um envio interrompido; envie de novo o ficheiro inteiro."
    ),
    "failure.image-corrupt": "A imagem está danificada e não se consegue abrir; exporte-a ou digitalize-a de novo.",
    "failure.image-too-large": (
        "A imagem precisa de mais pontos ou memória do que é permitido; envie-a com menor resolução."
    ),
    "failure.pdf-encrypted": (
        "O PDF está protegido por palavra-passe ou certificado; guarde-o sem proteção e envie-o de novo."
    ),
    "failure.pdf-damaged": (
        "O PDF está danificado e não se consegue ler; imprima-o para um PDF novo, ou digitalize-o de novo."
    ),
    "failure.no-pages": "O documento não tem páginas; exporte-o de novo.",
    "failure.too-many-pages": "O documento tem mais páginas do que um ficheiro pode ter; divida-o.",
    "failure.ocr-timeout": (
        "Em cada tentativa, a leitura demorou mais do que uma página pode demorar;"
        " envie uma imagem menor ou mais limpa, ou tente de novo."
    ),
    "failure.ocr-crashed": (
        "Em cada tentativa, o motor falhou nesta imagem; envie-a noutro formato, ou tente de novo."
    ),
    "failure.too-many-attempts": ("Todos os processos que começaram esta página pararam sem responder; tente de novo."),
    "failure.source-missing": "O ficheiro enviado já não está guardado; envie-o de novo.",
    "failure.text-too-large": "O texto lido é mais longo do que é permitido; divida a imagem.",
    "failure.unsupported-language": (
        "Falta ao motor uma língua deste documento; peça que a instalem, ou envie o ficheiro com outra língua."
    ),
    "failure.expired": "O prazo do documento acabou antes de esta página ser lida; tente de novo.",
    "failure.cancelled": "A leitura foi parada antes de esta página ser lida; tente de novo.",
    "failure.internal-error": (
        "Em cada tentativa, uma falha do serviço parou esta página;"
        " tente de novo, e diga ao operador se voltar a acontecer."
    ),
    "warning.pages-lost": (
        "O documento está danificado, e pode ter tido mais páginas do que as encontradas; compare-o com o original."
    ),
    "warning.xfa": (
        "O PDF é um formulário que só os programas da Adobe mostram; se as páginas o disserem, imprima-o num deles."
    ),
    "warning.portfolio": "O PDF contém outros ficheiros, que não são lidos; retire-os, e envie-os também.",
    "warning.signature": "O PDF está assinado; a assinatura não vale num PDF feito a partir dele.",
    "problem.unauthenticated": "É precisa uma chave",
    "problem.malformed-request": "O pedido está malformado",
    "problem.forbidden-host": "Este nome não é servido aqui",
    "problem.forbidden-origin": "Pedidos de outros sítios são recusados",
    "problem.insufficient-scope": "A chave não pode fazer isto",
    "problem.key-not-found": "Não há essa chave",
    "problem.webhook-not-found": "Não há esse webhook",
    "problem.forbidden-target": "Um webhook não pode ir para aí",
    "problem.job-not-found": "Não há esse documento",
    "problem.item-not-found": "Não há essa página",
    "problem.not-found": "Não há nada neste endereço",
    "problem.method-not-allowed": "Método não aceite",
    "problem.unsupported-media-type": "O tipo do conteúdo não é entendido",
    "problem.malformed-multipart": "O formulário chegou partido",
    "problem.no-files": "Sem ficheiros",
    "problem.unknown-field": "Campo desconhecido",
    "problem.not-a-file": "Não é um ficheiro",
    "problem.empty-file": "Ficheiro vazio",
    "problem.too-many-files": "Demasiados ficheiros",
    "problem.file-too-large": "Ficheiro demasiado grande",
    "problem.body-too-large": "Pedido demasiado grande",
    "problem.invalid-option": "Opção inválida",
    "problem.invalid-page": "Parte inválida de uma lista",
    "problem.idempotency-mismatch": "Idempotency-Key usada com outro conteúdo",
    "problem.job-gone": "O documento desta Idempotency-Key foi apagado",
    "problem.job-open": "O documento ainda está a ser lido",
    "problem.job-finished": "O documento já está concluído",
    "problem.not-finished": "Ainda não está pronto",
    "problem.no-text": "Sem texto",
    "problem.not-pdfa": "Não pode ser um PDF/A",
    "problem.not-submitted": "O documento ainda não foi enviado",
    "problem.not-done": "A página não tem texto",
    "problem.edit-conflict": "Entretanto corrigida por outra pessoa",
    "problem.unsupported-image": "Não é uma imagem que se possa ler",
    "problem.multi-frame-image": "Várias imagens num ficheiro",
    "problem.pdf-encrypted": "PDF protegido",
    "problem.pdf-damaged": "PDF danificado",
    "problem.no-pages": "Sem páginas",
    "problem.too-many-pages": "Demasiadas páginas",
    "problem.upload-missing": "Falta enviar um ficheiro",
    "problem.upload-mismatch": "Um ficheiro não é o que foi anunciado",
    "problem.image-too-large": "Imagem demasiado grande",
    "problem.unsupported-language": "Língua não instalada",
    "problem.rate-limited": "Demasiados pedidos",
    "problem.quota-exceeded": "Uma quota está esgotada",
    "problem.busy": "Demasiado ao mesmo tempo",
    "problem.storage-full": "O armazenamento está cheio",
    "problem.storage-unavailable": "O armazenamento não responde",
    "problem.database-unavailable": "A base de dados não responde",
    "problem.issuer-unavailable": "O emissor das credenciais não responde",
    "problem.internal-error": "Erro interno",
    "problem.image-truncated": "A imagem acaba cedo demais",
    "problem.image-corrupt": "Imagem danificada",
    "problem.ocr-timeout": "A leitura demorou demais",
    "problem.ocr-crashed": "O motor falhou",
    "problem.too-many-attempts": "Demasiadas tentativas",
    "problem.source-missing": "O ficheiro enviado perdeu-se",
    "problem.text-too-large": "Demasiado texto",
    "problem.expired": "Fora do prazo",
    "problem.cancelled": "Parado",
    "delivery.refused": "O destino respondeu com um código que não é 2xx.",
    "delivery.redirect": ("O destino respondeu com um redirecionamento, que não é seguido; indique o endereço final."),
    "delivery.gone": "O destino respondeu 410, e não é avisado de mais nada até um reenvio chegar.",
    "delivery.disabled": "Uma resposta 410 desligou o webhook, e isto não foi enviado.",
    "delivery.timeout": "O destino não respondeu em 10 segundos.",
    "delivery.unreachable": "Não houve ligação ao destino, ou perdeu-se antes da resposta.",
    "delivery.unknown-name": "O nome do destino não foi encontrado.",
    "delivery.tls-failed": "O destino não tem um certificado válido para o seu nome.",
    "delivery.bad-answer": "O destino não respondeu em HTTP/1.1, ou o cabeçalho era longo demais.",
    "delivery.forbidden-target": "O nome do destino leva a um endereço a que os webhooks não podem ir.",
    "delivery.secret-lost": (
        "O segredo do webhook não se consegue decifrar, porque OCR_SECRET mudou; crie o webhook de novo."
    ),
    "delivery.internal-error": "Uma falha deste serviço; diga ao operador se voltar a acontecer.",
    "finding.unsent-messages": (
        "A manutenção não corre, ou a fila não aceita mensagens; inicie ocrcore serve ou ocrcore worker."
    ),
    "finding.unsent-audit": (
        "A manutenção não corre, ou o registo não aceita entradas; inicie ocrcore serve ou ocrcore worker."
    ),
    "finding.unsent-histories": (
        "A manutenção não corre, ou o registo não aceita entradas; inicie ocrcore serve ou ocrcore worker."
    ),
    "finding.overdue-jobs": "A manutenção não corre; inicie ocrcore serve ou ocrcore worker.",
    "finding.lapsed-leases": (
        "Desapareceram processos e a manutenção não corre; inicie ocrcore serve ou ocrcore worker."
    ),
    "finding.forgotten-items": (
        "Perderam-se mensagens e a manutenção não corre; inicie ocrcore serve ou ocrcore worker."
    ),
    "finding.old-drafts": (
        "Envios que ficaram a meio continuam guardados, porque a manutenção não corre;"
        " inicie ocrcore serve ou ocrcore worker."
    ),
    "finding.old-uploads": (
        "Podem ter ficado ficheiros de documentos já enviados, porque a manutenção não corre;"
        " inicie ocrcore serve ou ocrcore worker."
    ),
    "finding.old-jobs": (
        "Já deviam estar apagados (OCR_KEEP, ou a opção keep), por isso a manutenção não corre ou não consegue;"
        " ocrcore doctor --repair apaga-os."
    ),
    "finding.old-tombstones": (
        "Podem ter ficado ficheiros de documentos apagados, ou palavras deles na pesquisa, porque a manutenção não"
        " corre; inicie ocrcore serve ou ocrcore worker."
    ),
    "finding.unindexed-pages": (
        "A pesquisa ainda não encontra estas páginas, porque a manutenção não corre ou só agora as começou a juntar;"
        " inicie ocrcore serve ou ocrcore worker."
    ),
    "finding.short-visibility": (
        "Os processos recebem mensagens em que outros trabalham, o que gasta as entregas;"
        " o tempo de visibilidade não deve ser mais curto do que uma concessão."
    ),
    "finding.rejected-messages": (
        "Chegaram pela fila mensagens que não são nossas, e foram postas de lado; descubra quem as envia."
    ),
    "finding.stuck-deliveries": (
        "Ninguém avisa os webhooks do que esperam; inicie ocrcore serve, ou mais processos dele."
    ),
    "finding.failing-webhook": (
        "O destino não aceitou durante um dia o que lhe foi enviado; diga-o ao dono, que pode mandar reenviar."
    ),
    "finding.no-worker": "Ninguém lê as páginas que esperam; inicie ocrcore worker.",
    "part.database": "base de dados",
    "part.documents": "armazenamento dos documentos",
    "part.queue": "fila",
    "part.audit": "registo de auditoria",
    "part.engine": "motor",
    "wait.draft": "Ainda não foi enviado; continua quando os ficheiros chegarem e for submetido.",
    "wait.worker.yet": "Nenhum processo leu ainda; continua assim que um for iniciado (ocrcore worker).",
    "wait.worker.yet.back": (
        "Nenhum processo leu ainda; {back}, e continua assim que um for iniciado (ocrcore worker)."
    ),
    "wait.worker.since": ("Nenhum processo lê desde {since}; continua assim que um for iniciado (ocrcore worker)."),
    "wait.worker.since.back": (
        "Nenhum processo lê desde {since}; {back}, e continua assim que um for iniciado (ocrcore worker)."
    ),
    "wait.silent": "{pages} com um processo, que não dá sinal desde {since}; {back}.",
    "wait.silent.others": "{pages} com um processo, que não dá sinal desde {since}; {back}. {others}",
    "wait.held.one": "1 página está",
    "wait.held.many": "{n} páginas estão",
    "wait.free": "volta à fila em {at}",
    "wait.free.lapsed": "volta à fila dentro de segundos, porque a concessão acabou em {at}",
    "wait.ahead": "As páginas que tinha reservado voltam à fila por essa altura.",
    "wait.queue": "A fila não aceita mensagens desde {since}; estão guardadas, e são enviadas assim que aceitar.",
    "wait.attempt": "Tentativa {number} de {limit} em {at}, porque {why}.",
    "wait.attempt.ocr-timeout": "a última demorou demais",
    "wait.attempt.ocr-crashed": "o motor falhou na última",
    "wait.attempt.source-missing": "o ficheiro enviado não foi encontrado",
    "wait.attempt.unsupported-language": "faltava ao último processo uma língua do documento",
    "wait.attempt.internal-error": "a última encontrou uma falha do serviço",
    "wait.backlog": "{pages} por {slots}.",
    "wait.backlog.left": "{pages} por {slots}, {left} de trabalho.",
    "wait.late": "{pages}, e {free}; se uma mensagem se perdeu, é enviada de novo em {at}.",
    "wait.late.free.one": "1 lugar está livre",
    "wait.late.free.many": "{n} lugares estão livres",
    "wait.pages.one": "1 página espera",
    "wait.pages.many": "{n} páginas esperam",
    "wait.slots.one": "1 lugar",
    "wait.slots.many": "{n} lugares",
    "wait.left.little": "menos de um minuto",
    "wait.left.about": "cerca de {n} min",
    "wait.back.lapses.one": "1 página em leitura volta à fila quando a concessão acabar, em {at}",
    "wait.back.lapses.many": "{n} páginas em leitura voltam à fila quando a concessão acabar, em {at}",
    "wait.back.lapsed.one": "1 página em leitura volta à fila, porque a concessão acabou em {at}",
    "wait.back.lapsed.many": "{n} páginas em leitura voltam à fila, porque a concessão acabou em {at}",
}

#: Code of a problem -> what to do, in place of the English sentence of the answer, which may say more.
PORTUGUESE_PROBLEMS: Final = {
    "unauthenticated": "Entre com uma chave que esteja válida; a sua pode ter terminado ou sido revogada.",
    "malformed-request": "O pedido não se entende; volte à página anterior e tente de novo.",
    "forbidden-host": "O serviço não responde por este nome; use o endereço que o operador indicou.",
    "forbidden-origin": "Este pedido não veio de uma página deste serviço; abra a página e tente de novo.",
    "insufficient-scope": "A chave com que entrou não dá este direito; use outra, ou peça uma ao operador.",
    "key-not-found": "A chave não existe, ou é de outra pessoa.",
    "webhook-not-found": "O webhook não existe, ou foi apagado.",
    "forbidden-target": "O endereço tem de ser https, e de estar na Internet pública.",
    "job-not-found": "O documento não existe, ou foi apagado.",
    "item-not-found": "A página não existe, ou o documento foi apagado.",
    "not-found": "Verifique o endereço, ou comece pela lista de todos os documentos.",
    "method-not-allowed": "Este endereço não aceita este pedido; volte à página anterior.",
    "unsupported-media-type": "Volte à página anterior e use o formulário dela.",
    "malformed-multipart": "O envio foi interrompido ou alterado; envie os ficheiros de novo.",
    "no-files": "Escolha pelo menos um ficheiro.",
    "unknown-field": "O formulário tem um campo que este serviço não conhece; abra a página de novo.",
    "not-a-file": "Um dos ficheiros chegou sem nome; escolha-o de novo.",
    "empty-file": "Um dos ficheiros está vazio, e nada foi lido; envie-o de novo ou deixe-o de fora.",
    "too-many-files": "São mais ficheiros do que um envio pode ter; divida-os por vários envios.",
    "file-too-large": "Um dos ficheiros é maior do que é permitido, e nada foi lido; divida-o.",
    "body-too-large": "O pedido é maior do que é permitido; divida-o.",
    "invalid-option": "Uma das escolhas não é aceite; corrija-a e tente de novo.",
    "invalid-page": "Esta parte da lista não existe; volte ao início da lista.",
    "idempotency-mismatch": "Esta identificação já foi usada com outro conteúdo.",
    "job-gone": "O documento que foi enviado com esta identificação já foi apagado.",
    "job-open": "Só se tenta de novo quando o documento acabar de ser lido.",
    "job-finished": "O documento já acabou, e nada mudou.",
    "not-finished": "O documento ainda está a ser lido; volte daqui a pouco.",
    "no-text": "Nenhuma página tem texto.",
    "not-pdfa": "Este documento não se consegue guardar como PDF/A; descarregue-o como PDF pesquisável.",
    "not-submitted": "Primeiro têm de chegar todos os ficheiros do documento.",
    "not-done": "Só se corrige e marca como vista uma página que foi lida.",
    "edit-conflict": "Outra pessoa corrigiu esta página entretanto; abra-a de novo.",
    "unsupported-image": (
        "Um dos ficheiros não é uma imagem nem um documento que se possa ler, e nada foi lido; deixe-o de fora."
    ),
    "multi-frame-image": "Um dos ficheiros tem várias imagens; envie cada uma num ficheiro próprio.",
    "pdf-encrypted": (
        "Um dos PDF está protegido por palavra-passe ou certificado, e nada foi lido; guarde-o sem proteção e"
        " envie-o de novo."
    ),
    "pdf-damaged": "Um dos PDF está danificado, e nada foi lido; imprima-o para um PDF novo.",
    "no-pages": "Um dos documentos não tem páginas, ou nenhuma das pedidas.",
    "too-many-pages": "Há mais páginas do que é permitido; divida o documento.",
    "upload-missing": "Um dos ficheiros anunciados não chegou.",
    "upload-mismatch": "Um dos ficheiros não é o que foi anunciado; envie-o de novo.",
    "image-too-large": "Uma das imagens é grande demais, e nada foi lido; envie-a com menor resolução.",
    "unsupported-language": "Uma das línguas pedidas não está instalada; escolha outra.",
    "rate-limited": "Fez demasiados pedidos; espere um pouco e tente de novo.",
    "quota-exceeded": "Não cabe mais nada agora; espere que acabem os seus documentos, ou apague alguns.",
    "busy": "Há demasiado a acontecer ao mesmo tempo, e nada mudou; tente de novo daqui a pouco.",
    "storage-full": "O disco do serviço está cheio, e nada mudou; avise o operador.",
    "storage-unavailable": "Um serviço necessário não responde, e nada mudou; tente mais tarde.",
    "database-unavailable": "Um serviço necessário não responde, e nada mudou; tente mais tarde.",
    "issuer-unavailable": "Não é possível verificar quem é, e nada mudou; tente mais tarde.",
    "internal-error": "Uma falha do serviço; diga ao operador a referência desta página.",
}
